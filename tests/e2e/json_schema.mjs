// What of JSON Schema 2020-12 docs/openapi.json and docs/asyncapi.yaml use, and nothing else: a keyword that is not known here is an error, never passed over.

const annotations = new Set(['description', 'default', 'title']);

// All that is wrong with `value`, each with its place.
export function faultsOf(value, schema, document, at = '$') {
  if (schema.$ref) return faultsOf(value, resolve(schema.$ref, document), document, at);
  return Object.entries(schema).flatMap(([keyword, wanted]) => {
    if (annotations.has(keyword)) return [];
    const rule = rules[keyword];
    if (!rule) throw new Error(`the schema at ${at} has a keyword that this validator does not know: ${keyword}`);
    return rule(value, wanted, { schema, document, at });
  });
}

export function resolve(ref, document) {
  const found = ref.replace(/^#\//, '').split('/').reduce((node, name) => node?.[name], document);
  if (!ref.startsWith('#/') || !found) throw new Error(`nothing is there: ${ref}`);
  return found;
}

const typeOf = (value) => (value === null ? 'null' : Array.isArray(value) ? 'array' : Number.isInteger(value) ? 'integer' : typeof value);
const isObject = (value) => typeOf(value) === 'object';
const fault = (is, { at }, sentence) => (is ? [`${at} ${sentence}`] : []);

const rules = {
  type: (value, wanted, place) => {
    const type = typeOf(value);
    return fault(![wanted].flat().some((one) => one === type || (one === 'number' && type === 'integer')), place, `is of type ${type}, not ${wanted}`);
  },
  enum: (value, wanted, place) => fault(!wanted.includes(value), place, `is ${JSON.stringify(value)}, not one of ${JSON.stringify(wanted)}`),
  const: (value, wanted, place) => fault(value !== wanted, place, `is ${JSON.stringify(value)}, not ${JSON.stringify(wanted)}`),
  pattern: (value, wanted, place) => fault(typeof value === 'string' && !new RegExp(wanted, 'u').test(value), place, `is ${JSON.stringify(value)}, which ${wanted} does not match`),
  minLength: (value, wanted, place) => fault(typeof value === 'string' && [...value].length < wanted, place, `is shorter than ${wanted}`),
  maxLength: (value, wanted, place) => fault(typeof value === 'string' && [...value].length > wanted, place, `is longer than ${wanted}`),
  minimum: (value, wanted, place) => fault(typeof value === 'number' && value < wanted, place, `is below ${wanted}`),
  maximum: (value, wanted, place) => fault(typeof value === 'number' && value > wanted, place, `is above ${wanted}`),
  minItems: (value, wanted, place) => fault(Array.isArray(value) && value.length < wanted, place, `has fewer than ${wanted}`),
  maxItems: (value, wanted, place) => fault(Array.isArray(value) && value.length > wanted, place, `has more than ${wanted}`),
  items: (value, wanted, { document, at }) => (Array.isArray(value) ? value.flatMap((one, n) => faultsOf(one, wanted, document, `${at}[${n}]`)) : []),
  maxProperties: (value, wanted, place) => fault(isObject(value) && Object.keys(value).length > wanted, place, `has more than ${wanted}`),
  prefixItems: (value, wanted, { document, at }) =>
    (Array.isArray(value) ? wanted.flatMap((schema, n) => (n < value.length ? faultsOf(value[n], schema, document, `${at}[${n}]`) : [])) : []),
  required: (value, wanted, place) => (isObject(value) ? wanted.filter((name) => !(name in value)).map((name) => `${place.at} lacks ${name}`) : []),
  properties: (value, wanted, { document, at }) =>
    (isObject(value) ? Object.entries(wanted).flatMap(([name, schema]) => (name in value ? faultsOf(value[name], schema, document, `${at}.${name}`) : [])) : []),
  additionalProperties: (value, wanted, { schema, document, at }) => {
    if (!isObject(value)) return [];
    const others = Object.keys(value).filter((name) => !(name in (schema.properties ?? {})));
    return wanted === false ? others.map((name) => `${at} has ${name}, which is not documented`) : others.flatMap((name) => faultsOf(value[name], wanted, document, `${at}.${name}`));
  },
  oneOf: (value, wanted, { document, at }) => {
    const fits = wanted.filter((schema) => faultsOf(value, schema, document, at).length === 0).length;
    return fits === 1 ? [] : [`${at} fits ${fits} of ${wanted.length}, not one`];
  },
};
