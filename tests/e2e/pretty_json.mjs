// JSON for people: what fits a line stands on one.
function oneLine(value) {
  if (Array.isArray(value)) return `[${value.map(oneLine).join(', ')}]`;
  if (value && typeof value === 'object') return `{${Object.entries(value).map(([name, one]) => `${JSON.stringify(name)}: ${oneLine(one)}`).join(', ')}}`;
  return JSON.stringify(value);
}
export function pretty(value, width = 200) {
  const lines = (one, indent, before) => {
    const flat = oneLine(one);
    if (!one || typeof one !== 'object' || flat.length + indent + before <= width) return flat;
    const pad = ' '.repeat(indent + 2);
    const parts = Array.isArray(one) ? one.map((each) => pad + lines(each, indent + 2, 0)) : Object.entries(one).map(([name, each]) => `${pad}${JSON.stringify(name)}: ${lines(each, indent + 2, name.length + 4)}`);
    const [open, close] = Array.isArray(one) ? '[]' : '{}';
    return `${open}\n${parts.join(',\n')}\n${' '.repeat(indent)}${close}`;
  };
  return `${lines(value, 0, 0)}\n`;
}
