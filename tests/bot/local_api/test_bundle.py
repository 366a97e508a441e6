"""Modules become one script; what cannot be taken is refused when the server starts, and not by a browser later."""

import pytest

from bot.local_api.page import bundle, bundle_beside, bundled_in

MAIN, PART, LEAF = "/page/page.js", "/page/phone/part.js", "/page/leaf.js"
SOURCES = {
    MAIN: 'import { part, Part } from "./phone/part.js";\nimport { leaf } from "./leaf.js";\n\npart(leaf);\n',
    PART: (
        'import { leaf } from "../leaf.js";\n\nexport class Part {}\n\n'
        "export async function part(one) {\n  return one === leaf;\n}\n"
    ),
    LEAF: "// A comment.\nconst hidden = 1;\nexport const leaf = hidden;\n",
    "/page/unused.js": "export const unused = 1;\n",
}
EXTENSION = "/page/extension/extension.js"
EXTENDED = {
    **SOURCES,
    EXTENSION: 'import { leaf } from "/page/leaf.js";\nimport { own } from "./own.js";\n\nexport function extend() {\n  own(leaf);\n}\n',
    "/page/extension/own.js": "export function own() {}\n",
}


def test_each_module_runs_once_after_what_it_imports() -> None:
    """With its own names, what it takes and what it gives; what nobody imports is not there."""
    assert (
        bundle(SOURCES, MAIN)
        == """export const modules = {};
modules["/page/leaf.js"] = (() => {
// A comment.
const hidden = 1;
const leaf = hidden;

return { leaf };
})();
modules["/page/phone/part.js"] = (() => {
const { leaf } = modules["/page/leaf.js"];


class Part {}

async function part(one) {
  return one === leaf;
}

return { Part, part };
})();
modules["/page/page.js"] = (() => {
const { part, Part } = modules["/page/phone/part.js"];
const { leaf } = modules["/page/leaf.js"];



part(leaf);

return {  };
})();
"""
    )


def test_a_bundle_beside_another_takes_what_is_there() -> None:
    """A module that ran twice would have a state of its own twice."""
    bundled = bundled_in(EXTENDED, MAIN)
    assert bundled == {MAIN, PART, LEAF}
    first, *functions, last = bundle_beside(EXTENDED, EXTENSION, bundled, MAIN).splitlines()
    assert first == 'import { modules } from "/page/page.js";'
    made = [line.partition(" = (")[0] for line in functions if line.startswith("modules[")]
    assert made == ['modules["/page/extension/own.js"]', f'modules["{EXTENSION}"]']
    assert 'const { leaf } = modules["/page/leaf.js"];' in functions
    assert last == f'export const {{ extend }} = modules["{EXTENSION}"];'


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ('import { a } from "./nowhere.js";', "/page/nowhere.js"),
        ('import { a } from "./page.js";', "circle"),
        ('import * as a from "./leaf.js";', "import \\* as a"),
        ('import { leaf as other } from "./leaf.js";', "leaf as other"),
        ("import { leaf } from './leaf.js';", "leaf"),
        ("export default class {}", "export default"),
        ("const a = 1;\nexport { a };", "export { a }"),
        ("export let a = 1;", "export let"),
    ],
)
def test_what_is_written_otherwise_is_refused(source: str, told: str) -> None:
    """Nothing is guessed at."""
    with pytest.raises(ValueError, match=told):
        bundle({**SOURCES, MAIN: f"{source}\n"}, MAIN)
