"""Modules of JavaScript as one script.

A browser asks for each module by itself, and for what that imports once it has read it: some thirty requests, which are a
quarter of the work of opening the page. In a bundle each module is a function's body, run once after those that it imports, and
what it exports is found in `modules` by its address. Nothing is renamed or left out, so what stands in the browser's tools is what
was written.
"""

import posixpath
import re
from collections.abc import Collection, Iterator, Mapping
from itertools import chain

_IMPORT = re.compile(r'^import \{ (\w+(?:, \w+)*) \} from "([^"]+)";$', re.MULTILINE)
_EXPORT = re.compile(r"^export ((?:async )?(?:function|class|const) (\w+))", re.MULTILINE)
_OTHER = re.compile(r"^(?:import|export)\b.*", re.MULTILINE)
_BEGINNING = "export const modules = {};\n"


def bundle(sources: Mapping[str, str], main: str) -> str:
    """The module at the address `main` with all that it imports, as a module that exports `modules`.

    `sources` are modules by address. Imports are `import { a, b } from "address";`, exports stand before a function, class or
    const, and modules do not import each other in a circle. Raises ValueError for what is written otherwise or is not there.
    """
    return _BEGINNING + "".join(_function(sources, address) for address in _order(sources, main, ()))


def bundle_beside(sources: Mapping[str, str], main: str, bundled: Collection[str], beside: str) -> str:
    """The same, where the modules at the addresses `bundled` are taken from the bundle that is served at `beside`."""
    order = [address for address in _order(sources, main, ()) if address not in bundled]
    exports = ", ".join(_exports(sources[main]))
    functions = "".join(_function(sources, address) for address in order)
    return f'import {{ modules }} from "{beside}";\n{functions}export const {{ {exports} }} = modules["{main}"];\n'


def bundled_in(sources: Mapping[str, str], main: str) -> Collection[str]:
    """The addresses of the modules in a bundle."""
    return frozenset(_order(sources, main, ()))


def _order(sources: Mapping[str, str], address: str, importing: tuple[str, ...]) -> list[str]:
    """A module after all that it imports."""
    if address in importing:
        raise ValueError(f"modules import each other in a circle: {', '.join((*importing, address))}")
    if address not in sources:
        raise ValueError(f"there is no module {address}")
    needed = (_order(sources, one, (*importing, address)) for _, one in _imports(sources[address], address))
    return list(dict.fromkeys(chain(*needed, [address])))


def _imports(source: str, address: str) -> Iterator[tuple[str, str]]:
    """The names that a module imports, and the addresses of where they come from."""
    folder = posixpath.dirname(address)
    return (
        (names, posixpath.normpath(posixpath.join(folder, one))) for names, one in _IMPORT.findall(source)
    )


def _exports(source: str) -> list[str]:
    return [name for _, name in _EXPORT.findall(source)]


def _function(sources: Mapping[str, str], address: str) -> str:
    source = sources[address]
    body = _EXPORT.sub(r"\1", _IMPORT.sub("", source))
    if other := _OTHER.search(body):
        raise ValueError(f"{address}: {other[0]}")
    taken = "".join(f'const {{ {names} }} = modules["{one}"];\n' for names, one in _imports(source, address))
    exports = ", ".join(_exports(source))
    return f'modules["{address}"] = (() => {{\n{taken}{body}\nreturn {{ {exports} }};\n}})();\n'
