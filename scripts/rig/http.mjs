// One HTTP request, with a deadline over all of it.
import { request as httpRequest } from 'node:http';

// Answers {status, headers, text, json}. Throws on anything that is no answer: refused, reset, cut short, too late.
export function request({ port, socketPath, agent, method = 'GET', path, headers = {}, body, deadline = 10_000 }) {
  return new Promise((resolve, reject) => {
    const bytes = body === undefined ? null : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
    const target = socketPath ? { socketPath, host: 'localhost' } : { host: '127.0.0.1', port };
    const call = httpRequest({
      ...target, agent, method, path,
      headers: { ...headers, ...(bytes ? { 'content-length': bytes.length } : {}) },
    });
    const timer = setTimeout(() => call.destroy(Object.assign(new Error('no answer in time'), { code: 'ETIMEDOUT' })), deadline);
    const settle = (act, value) => { clearTimeout(timer); act(value); };
    call.once('error', (error) => settle(reject, error));
    call.once('response', (response) => {
      const parts = [];
      response.on('data', (part) => parts.push(part));
      response.once('error', (error) => settle(reject, error));
      response.once('aborted', () => settle(reject, Object.assign(new Error('answer cut short'), { code: 'ECONNRESET' })));
      response.once('end', () => {
        const text = Buffer.concat(parts).toString('utf8');
        let json = null;
        try { json = JSON.parse(text); } catch { /* not every answer is JSON */ }
        settle(resolve, { status: response.statusCode, headers: response.headers, text, json });
      });
    });
    call.end(bytes ?? undefined);
  });
}
