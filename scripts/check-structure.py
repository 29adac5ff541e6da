#!/usr/bin/env python3
"""Compares the imports of the targets with the dependencies that Package.swift declares, and with the order below.

    check-structure.py [ROOT]

A target may only import targets that it declares and that are below it; the imports of all of its files count. There are no cycles, and
every declared internal dependency is imported by a file. The compiler checks none of this: it also lets a target import the dependencies
of its dependencies.

The folders of a target form no cycle either. A folder uses another one if one of its files names a type that is declared there. The files
beside the folders count as a folder of their own.
"""

import pathlib
import re
import sys

root = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parent.parent

# From the bottom up. Targets of the same line do not import each other. Test targets stand above all of them.
ORDER = [
    ["CLinux", "CCurl", "CZlib", "COpenSSL"],
    ["Wire"],
    ["Policy"],
    ["Configuration", "Network"],
    ["Gateway", "ZuoraSandbox", "CommandSupport"],
    ["zuora-gateway", "zuora-sandbox", "wire-probe"],
    ["FleetModel", "TestSupport"],
    ["fleet-probe"],
]
# Files beside the folders that count as part of a folder: the phases are extensions of `Gateway`, which calls them.
SPINES = {"Gateway": "Phases"}
LEVELS = {name: level for level, names in enumerate(ORDER) for name in names}

COMMENT_OR_STRING = re.compile(r'//[^\n]*|/\*.*?\*/|"""(?:\\.|[^\\])*?"""|"(?:[^"\\\n]|\\.)*"', re.DOTALL)
IMPORT = re.compile(
    r"^[ \t]*(?:@\w+(?:\([^)\n]*\))?[ \t]+)*(?:(?:public|package|internal|fileprivate|private)[ \t]+)?"
    r"import[ \t]+(?:(?:struct|class|enum|actor|protocol|typealias|func|var|let)[ \t]+)?(\w+)", re.MULTILINE)
DECLARATION = re.compile(
    r"^(?:@\w+(?:\([^)\n]*\))?\s+)*(?:(?:public|package|internal|final|indirect)\s+)*(?:struct|class|enum|actor|protocol|typealias)\s+(\w+)",
    re.MULTILINE)
TYPE_NAME = re.compile(r"\b[A-Z]\w*")
CALL = re.compile(r'(\.target|\.executableTarget|\.testTarget|\bmodule)\(\s*(?:name:\s*)?"([^"]+)"')
DEPENDENCY = re.compile(r'(?P<product>\.product\(\s*name:\s*"([^"]+)"[^)]*\))|\.\w+\(\s*name:\s*"([^"]+)"[^)]*\)|"([^"]+)"')


def blank(text, keeps_strings=False):
    """The text without comments and strings; whatever is left keeps its place."""
    return COMMENT_OR_STRING.sub(
        lambda match: match[0] if keeps_strings and match[0][0] == '"' else re.sub(r"[^\n]", " ", match[0]), text)


def line_at(text, position):
    return text.count("\n", 0, position) + 1


class Target:
    def __init__(self, name, line, folder, is_executable=False):
        self.name, self.line, self.folder, self.is_executable = name, line, folder, is_executable
        # Names of dependencies, with their lines in Package.swift.
        self.targets, self.products = {}, {}
        # Dependencies that `module` passes on from a module to its tests, which need not use them all.
        self.passed_on = set()
        # Names of what is imported, with each file and line.
        self.imports = {}

    @property
    def level(self):
        return LEVELS.get(self.name, len(ORDER))

    def declare(self, manifest, opening):
        """Reads the array that begins at the end of the match `opening`."""
        if opening:
            for found in DEPENDENCY.finditer(manifest, opening.end(), closing(manifest, opening.end() - 1)):
                kind = self.products if found["product"] else self.targets
                kind[found[2] or found[3] or found[4]] = line_at(manifest, found.start())

    def read(self):
        for path in sorted((root / self.folder).rglob("*.swift")):
            text = blank(path.read_text())
            for match in IMPORT.finditer(text):
                self.imports.setdefault(match[1], []).append(f"{path.relative_to(root)}:{line_at(text, match.start(1))}")


def folder_uses(target):
    """The other folders that each folder of a target uses, with a file and a type that show it."""
    texts = {path: blank(path.read_text()) for path in sorted((root / target.folder).rglob("*.swift"))}
    top = "the files beside its folders"

    def folder(path):
        parts = path.relative_to(root / target.folder).parts
        return parts[0] if len(parts) > 1 else SPINES.get(target.name, top)

    homes = {name: folder(path) for path, text in texts.items() for name in DECLARATION.findall(text)}
    used = {folder(path): {} for path in texts}
    for path, text in texts.items():
        for match in TYPE_NAME.finditer(text):
            home = homes.get(match[0], folder(path))
            if home != folder(path):
                used[folder(path)].setdefault(home, f"{path.relative_to(root)}:{line_at(text, match.start())}: {match[0]}")
    return used


def closing(text, start):
    """Where the bracket at `start` is closed."""
    depth = 0
    for position in range(start, len(text)):
        depth += (text[position] in "([") - (text[position] in ")]")
        if depth == 0:
            return position
    sys.exit(f"Package.swift:{line_at(text, start)}: a bracket is not closed")


def declared_targets(manifest):
    end = 0
    for call in CALL.finditer(manifest):
        # One inside another call is a dependency.
        if call.start() < end:
            continue
        form, name = call.groups()
        start, line = manifest.index("(", call.start()), line_at(manifest, call.start())
        end = closing(manifest, start)
        path = re.compile(r'\bpath:\s*"([^"]+)"').search(manifest, start, end)
        target = Target(
            name, line, path[1] if path else f"{'Tests' if form == '.testTarget' else 'Sources'}/{name}", form == ".executableTarget")
        if form == "module":
            target.declare(manifest, re.compile(r"\s*,\s*\[").match(manifest, call.end()))
            tests = Target(f"{name}Tests", line, f"Tests/{name}Tests")
            tests.targets, tests.products = {name: line, **target.targets}, dict(target.products)
            tests.passed_on = set(tests.targets)
            tests.declare(manifest, re.compile(r"\btesting:\s*\[").search(manifest, start, end))
            yield tests
        else:
            target.declare(manifest, re.compile(r"\bdependencies:\s*\[").search(manifest, start, end))
        yield target


def cycle(targets, uses):
    """Targets of which each uses the next one, and the last one the first; empty if there are none."""
    done = set()

    def walk(name, way):
        if name in way:
            return way[way.index(name):]
        if name in done:
            return []
        found = next(filter(None, (walk(each, way + [name]) for each in uses[name])), [])
        done.add(name)
        return found

    return next(filter(None, (walk(name, []) for name in targets)), [])


manifest = blank((root / "Package.swift").read_text(), keeps_strings=True)
targets = {target.name: target for target in declared_targets(manifest)}
modules = {name.replace("-", "_"): name for name in targets}
products = set().union(*(target.products for target in targets.values()))
failures = []
if missing := [name for name in LEVELS if name not in targets]:
    failures.append(f"Package.swift: no target is called {', '.join(missing)}; change the order in {pathlib.Path(__file__).name}")
for folder in sorted(path.name for path in (root / "Sources").iterdir() if path.is_dir()):
    if f"Sources/{folder}" not in {target.folder for target in targets.values()}:
        failures.append(f"Sources/{folder}: belongs to no target of Package.swift")

uses = {name: {} for name in targets}
for target in targets.values():
    target.read()
    if target.name not in LEVELS and not target.name.endswith("Tests"):
        failures.append(f"Package.swift:{target.line}: {target.name} has no place in the order in {pathlib.Path(__file__).name}")
    for name, line in target.targets.items():
        if name in targets and name not in target.passed_on:
            uses[target.name].setdefault(name, f"Package.swift:{line}")
    for module, places in target.imports.items():
        name = modules.get(module)
        if module in products and module not in target.products:
            failures += [f"{place}: {target.name} does not declare the product {module} in Package.swift" for place in places]
        if name is None or name == target.name:
            continue
        uses[target.name].setdefault(name, places[0])
        if name not in target.targets:
            failures += [f"{place}: {target.name} does not declare its dependency on {name} in Package.swift" for place in places]
        if targets[name].level >= target.level:
            failures += [f"{place}: {target.name} imports {name}, which does not stand below it" for place in places]
    for name, line in target.targets.items():
        if name not in targets or name in target.passed_on:
            continue
        # A program is declared so that it is built before what runs it.
        if name.replace("-", "_") not in target.imports and not targets[name].is_executable:
            failures.append(f"Package.swift:{line}: {target.name} declares {name}, which none of its files imports")
if members := cycle(targets, uses):
    edges = [f"{a} uses {b} ({uses[a][b]})" for a, b in zip(members, members[1:] + members[:1])]
    failures.append("Package.swift: targets form a cycle: " + ", ".join(edges))

for target in targets.values():
    if target.folder.startswith("Sources/"):
        folders = folder_uses(target)
        if members := cycle(folders, folders):
            edges = [f"{a} uses {b} ({folders[a][b]})" for a, b in zip(members, members[1:] + members[:1])]
            failures.append(f"{target.folder}: folders form a cycle: " + ", ".join(edges))

for failure in failures:
    print(failure, file=sys.stderr)
print(f"{len(targets)} targets, {sum(map(len, uses.values()))} dependencies among them")
sys.exit(1 if failures else 0)
