// Evaluates expressions with ODK's own evaluator for browsers: JSON on standard input and output.
import { readFileSync } from 'node:fs';
import { JSDOM } from 'jsdom';

const given = JSON.parse(readFileSync(0, 'utf8'));
const { window } = new JSDOM();
globalThis.document = window.document;
for (const name of ['Attr', 'CDATASection', 'CharacterData', 'Comment', 'Document', 'Element', 'Node', 'ProcessingInstruction', 'Text', 'XMLDocument', 'XPathResult'])
  globalThis[name] = window[name];
globalThis.__dirname = '/'; // its WebAssembly module expects CommonJS

const { DEFAULT_DOM_ADAPTER, XFormsXPathEvaluator } = await import('@getodk/xpath');
const root = new window.DOMParser().parseFromString(given.instance, 'text/xml');
const evaluator = new XFormsXPathEvaluator({
  domAdapter: DEFAULT_DOM_ADAPTER, rootNode: root, timeZoneId: given.zone,
  itextTranslationsByLanguage: new Map(), secondaryInstancesById: new Map(),
});

function value(source) {
  try {
    const result = evaluator.evaluate(source, root.documentElement, null, 0);
    if (result.resultType === 1) return String(result.numberValue);
    return result.resultType === 3 ? result.booleanValue : result.stringValue;
  } catch (error) {
    return { error: String(error) };
  }
}

console.log(JSON.stringify(given.sources.map(value)));
