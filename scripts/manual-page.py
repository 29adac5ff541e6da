#!/usr/bin/env python3
"""Generates proxy.conf(5) from docs/configuration.md, which is generated from the configuration schema.

    manual-page.py VERSION DATE <docs/configuration.md >proxy.conf.5

Supports only the Markdown that this page uses: headings, paragraphs, lists, tables and fenced blocks. Anything else is an error.
"""

import re
import sys


def escaped(text):
    """A backslash, a hyphen, and a full stop or an apostrophe at a line's beginning have a meaning in roff."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return "\\&" + text if text.startswith((".", "'")) else text


def inline(text):
    """`code` and **bold** in bold, links as their text."""
    text = re.sub(r"\[([^\]]+)\]\(([^)]+)\)", r"\1", text)
    parts = re.split(r"(`[^`]+`|\*\*[^*]+\*\*)", text)
    out = ""
    for part in parts:
        if part.startswith("`"):
            out += "\\fB" + escaped(part[1:-1]).removeprefix("\\&") + "\\fR"
        elif part.startswith("**"):
            out += "\\fB" + escaped(part[2:-2]).removeprefix("\\&") + "\\fR"
        else:
            out += escaped(part) if not out else escaped(part).removeprefix("\\&")
    return "\\&" + out if out.startswith((".", "'")) else out


def cells(row):
    return [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", row.strip()[1:-1])]


def key_table(rows):
    """A table of keys: the key, its value and default as a tag, its meaning below."""
    for key, value, default, meaning, example in rows:
        yield ".TP"
        yield inline(f"{key} = {value}")
        text = re.sub(r"; see below\b", "", meaning)
        if default and default != "required":
            text += f" Default: {default}."
        elif default:
            text += " Required."
        yield inline(text)
        if example:
            yield ".br"
            yield escaped(f"Example: {key.strip('`')} = {example.strip('`')}")


def plain_table(head, rows):
    """Wide columns are wrapped, so that the table fits a terminal of 80 columns."""
    wide = [any(len(row[column]) > 32 for row in rows) for column in range(len(head))]
    yield ".TS"
    yield "tab(\t);"
    yield " ".join("lB" for _ in head)
    yield " ".join("lw(32n)" if each else "l" for each in wide) + "."
    yield "\t".join(map(escaped, head))
    for row in rows:
        # A path may be broken after a slash.
        yield "\t".join(
            f"T{{\n{inline(cell).replace('/', '/' + chr(92) + ':')}\nT}}" if each else inline(cell) for cell, each in zip(row, wide))
    yield ".TE"


def page(markdown):
    blocks = re.findall(r"```.*?```|(?:(?!\n\n|```).)+", markdown, re.DOTALL)
    for block in (block.strip("\n") for block in blocks):
        if not block.strip() or block.startswith("<!--") or block.startswith("# "):
            continue
        lines = block.split("\n")
        if block.startswith("```"):
            yield from [".PP", ".RS 4", ".nf", *map(escaped, lines[1:-1]), ".fi", ".RE"]
        elif block.startswith("## "):
            heading = lines[0][3:]
            # Section headings are capitals by convention; names of tables and keys stay as they are written.
            yield ".SH " + escaped(heading.replace("`", "") if "`" in heading else heading.upper())
            if len(lines) > 1:
                raise SystemExit(f"manual-page: text directly below the heading {lines[0]}")
        elif block.startswith("| "):
            head, rows = cells(lines[0]), [cells(line) for line in lines[2:]]
            if any(len(row) != len(head) for row in rows):
                raise SystemExit(f"manual-page: a row of the table {lines[0]} has another number of cells")
            yield from key_table(rows) if head[0] == "key" else plain_table(head, rows)
        elif block.startswith("- "):
            for item in re.split(r"^- ", block, flags=re.MULTILINE)[1:]:
                yield from [".IP \\(bu 2", inline(" ".join(item.split()))]
        elif re.match(r"#|>|\d+\.|\* ", block):
            raise SystemExit(f"manual-page: does not understand {lines[0]!r}")
        else:
            yield from [".PP", inline(" ".join(block.split()))]


def main(version, date):
    print("'\\\" t")
    print(f'.TH PROXY.CONF 5 "{date}" "zuora\\-gateway {escaped(version)}" "File Formats Manual"')
    # Ragged right and no hyphens: keys and values are read letter by letter.
    print(".nh\n.ad l\n.SH NAME\nproxy.conf \\- configuration of zuora\\-gateway(1)")
    print(".SH DESCRIPTION")
    print("\n".join(page(sys.stdin.read())))
    print(".SH SEE ALSO\n.BR zuora\\-gateway (1)")


main(*sys.argv[1:])
