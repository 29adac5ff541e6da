#!/usr/bin/env python3
"""Compares the table of problem types in docs/phases.md with the types in the sources, in both directions, and checks that each type has
one title (RFC 9457 section 3.1.3): only `detail` may differ between occurrences."""

import collections
import pathlib
import re
import sys

root = pathlib.Path(__file__).resolve().parent.parent


def matches(file, pattern):
    """The matches of the pattern in a file. If there are none, the sources have changed, and this script has to be adapted."""
    found = re.findall(pattern, (root / "Sources" / file).read_text(), re.DOTALL)
    if not found:
        sys.exit(f"Sources/{file}: nothing matches {pattern}; adapt {sys.argv[0]}")
    return found


def raw_values(file, enumeration):
    """The raw values of an enumeration of strings."""
    [body] = matches(file, rf"enum {enumeration}: String[^{{]*{{(.*?)\n    }}")
    return [value or case for case, value in re.findall(r'case (\w+)(?: = "([^"]+)")?', body)]


types = set()
titles = collections.defaultdict(set)
for module in ("Gateway", "Policy"):
    for path in (root / "Sources" / module).rglob("*.swift"):
        text = path.read_text()
        types |= set(re.findall(r'\btype(?: =|:) "([a-z][a-z0-9-]*)"', text))
        for name, title in re.findall(r'\btype: "([^"]+)",\s*title: "((?:[^"\\]|\\.)*)"', text):
            # All token failures share one title, because a client cannot react to them differently.
            titles["token-*" if name.startswith("token-") else name].add(title)
types |= set(raw_values("Policy/Admission/AdmissionRefusal.swift", "Reason"))
types |= {"timeout-" + limit for limit in raw_values("Policy/Deadline/Deadline.swift", "Limit")}
[names] = matches("Policy/Tokens/TokenFailure+Text.swift", r"public var name: String {(.*?)\n    }")
types |= {"token-" + name for name in re.findall(r'"([a-z-]+)"', names)}

table = re.findall(r"^\| `([a-z-]+)` \|", (root / "docs/phases.md").read_text().split("## Problems")[1], re.MULTILINE)
failures = [f"docs/phases.md lacks the problem type {name}" for name in sorted(types - set(table))]
failures += [f"docs/phases.md lists {name}, which is not in the sources" for name in sorted(set(table) - types)]
failures += [f"docs/phases.md lists {name} twice" for name in sorted(name for name in set(table) if table.count(name) > 1)]
failures += [f"{name} has several titles: {', '.join(sorted(each))}" for name, each in sorted(titles.items()) if len(each) > 1]
failures += [f"{name} has no title" for name, each in sorted(titles.items()) if "" in each]
for failure in failures:
    print(failure, file=sys.stderr)
print(f"{len(types)} problem types, {len(titles)} titles")
sys.exit(1 if failures else 0)
