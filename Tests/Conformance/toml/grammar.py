"""Makes texts up: whole files by TOML's grammar with few names, so that they meet often, most of them with something spoilt."""

import random

NAMES = [*"abcdefgh", "a-1", "_", "1", '"a"', "'b'", '"\\u0061"', '""', '"a b"', "'é'", '"e\\u0301"', '"\\u00e9"']
DIGITS = "0123456789"
PIECES = [
    *"[]{}=.,\"'\\#\n\r\t abc019-+_:eExoTZ\x7f\x00\x0b\x85é\u0301\ufeff\u2028\U0001f600٣",
    *["[[", "]]", '"""', "'''", "\r\n", "\\\n", "\\u00e9", "\\U0001F600", "\\uD800"],
    *["0x", "0b", "00", ".5", "e1", "inf", "nan", "true", "false", "1979-05-27", "07:32:00"],
    *["a.b = 1\n", "a = {}\n", "[a]\n", "[a.b]\n", "[[a]]\n"],
]


class Grammar:
    def __init__(self, seed: int):
        self.random = random.Random(seed)

    def text(self) -> bytes:
        """A file: in most cases by the grammar, in half of those with up to three changes; else pieces in any order."""
        chance = self.random.random()
        if chance < 0.1:
            return "".join(self.choice(PIECES) for _ in range(self.random.randint(1, 16))).encode()
        text = self.document()
        if chance < 0.55:
            return text.encode()
        for _ in range(self.random.randint(1, 3)):
            text = self.spoilt(text)
        data = text.encode()
        if self.random.random() < 0.05 and data:
            at = self.random.randrange(len(data))
            data = data[:at] + bytes([self.random.randrange(256)]) + data[at + 1 :]
        return data

    def spoilt(self, text: str) -> str:
        at = self.random.randint(0, len(text))
        end = min(len(text), at + self.random.choice([1, 1, 1, 2, 5, 20]))
        way = self.random.randrange(6)
        if way == 0:
            return text[:at] + text[end:]
        if way == 1:
            return text[:at] + self.choice(PIECES) + text[at:]
        if way == 2:
            return text[:at] + self.choice(PIECES) + text[end:]
        if way == 3:
            return text[:at] + text[at:end] * 2 + text[end:]
        if way == 4:
            return text[:at]
        other = self.random.randint(0, len(text))
        return text[:at] + text[other : other + end - at] + text[end:]

    def document(self) -> str:
        self.line_end = self.choice(["\n", "\n", "\n", "\r\n"])
        lines = []
        for _ in range(self.choice([0, 1, 1, 2, 2, 3, 3, 4, 6, 9])):
            chance = self.random.random()
            if chance < 0.55:
                line = self.key_value()
            elif chance < 0.75:
                line = "[" + self.space() + self.key() + self.space() + "]"
            elif chance < 0.9:
                line = "[[" + self.space() + self.key() + self.space() + "]]"
            else:
                line = ""
            lines.append(self.space() + line + self.space() + self.comment(0.1))
        return self.line_end.join(lines) + self.choice(["", self.line_end])

    def key_value(self) -> str:
        return self.key() + self.space() + "=" + self.space() + self.value(0)

    def key(self) -> str:
        names = NAMES[:3] if self.random.random() < 0.5 else NAMES
        count = self.choice([1, 1, 1, 2, 2, 3])
        parts = [self.choice(names) for _ in range(count)]
        if self.random.random() < 0.005:
            parts[0] = '"\\u0000"'
        return (self.space() + "." + self.space()).join(parts)

    def value(self, depth: int) -> str:
        kinds = [self.string, self.string, self.integer, self.real, self.date_time, self.boolean]
        if depth < 4:
            kinds += [lambda: self.array(depth), lambda: self.inline_table(depth)]
        return self.choice(kinds)()

    def boolean(self) -> str:
        return self.choice(["true", "false"])

    def string(self) -> str:
        quote = self.choice(['"', "'", '"""', "'''"])
        if self.random.random() < 0.02:
            return '"\\' + self.choice("uU") + self.hexadecimal(8) + '"'
        parts = ["a", "B", " ", "é", "\t", "#", "[", "=", "\U0001f600", "e\u0301"]
        if quote[0] == '"':
            parts += ["'", "\\n", "\\t", "\\\\", '\\"', "\\b", "\\f", "\\r", "\\u00e9", "\\U0001F600"]
            parts.append("\\u0" + self.hexadecimal(3))
            parts += ["\\" + self.choice(["a", "e", "x41", " ", "0"])] * (self.random.random() < 0.05)
        else:
            parts += ['"', "\\", "\\u00e9"]
        if len(quote) == 3:
            parts += [self.line_end, quote[0], quote[0] * 2, self.line_end + "  "]
            if quote[0] == '"':
                parts += ["\\" + self.line_end, "\\ \t" + self.line_end + " " + self.line_end]
        return quote + "".join(self.choice(parts) for _ in range(self.random.randint(0, 8))) + quote

    def hexadecimal(self, count: int) -> str:
        return "".join(self.choice("0123456789abcdefABCDEF") for _ in range(count))

    def digits(self, alphabet: str = DIGITS) -> str:
        text = "".join(self.choice(alphabet) for _ in range(self.choice([1, 2, 3, 5, 8, 16, 18, 19, 20, 30])))
        if len(text) > 1 and self.random.random() < 0.2:
            # Nearly always where it may be.
            at = self.random.randrange(1, len(text)) if self.random.random() < 0.9 else self.choice([0, len(text)])
            text = text[:at] + "_" + text[at:]
        return text

    def integer(self) -> str:
        if self.random.random() < 0.3:
            prefix, alphabet = self.choice([("0x", "0123456789abcdefABCDEF"), ("0o", "01234567"), ("0b", "01")])
            return prefix + self.digits(alphabet)
        return self.choice(["", "", "+", "-"]) + self.decimal()

    def decimal(self) -> str:
        digits = self.digits()
        return digits if self.random.random() < 0.05 else digits.lstrip("0_") or "0"

    def real(self) -> str:
        if self.random.random() < 0.1:
            return self.choice(["", "+", "-"]) + self.choice(["inf", "nan"])
        text = self.choice(["", "", "+", "-"]) + self.decimal()
        if self.random.random() < 0.7:
            text += "." + self.digits()
        if self.random.random() < 0.5:
            exponent = self.choice([self.digits(), str(self.random.randint(0, 330)), "308", "324", "0"])
            text += self.choice("eE") + self.choice(["", "+", "-"]) + exponent
        return text

    def date_time(self) -> str:
        year = self.choice([1979, 2000, 1900, 2024, self.random.randint(0, 9999)])
        month = self.choice([2, *[self.random.randint(1, 12)] * 6, self.random.randint(0, 13)])
        day = self.choice([29, 30, 31, *[self.random.randint(1, 28)] * 6, self.random.randint(0, 32)])
        date = f"{year:04}-{month:02}-{day:02}"
        limit = 60 if self.random.random() < 0.1 else 59
        hour, minute, second = self.random.randint(0, limit - 36), self.random.randint(0, limit), self.random.randint(0, limit)
        time = f"{hour:02}:{minute:02}:{second:02}"
        if self.random.random() < 0.4:
            time += "." + self.digits().replace("_", "")
        kind = self.random.randrange(4)
        if kind == 0:
            return date
        if kind == 1:
            return time
        text = date + self.choice("Tt ") + time
        if kind == 2:
            text += self.choice(["Z", "z", f"+{hour:02}:{minute:02}", f"-{hour:02}:{minute:02}"])
        return text

    def array(self, depth: int) -> str:
        values = [self.blank() + self.value(depth + 1) + self.blank() for _ in range(self.random.randint(0, 4))]
        return "[" + ",".join(values) + ("," if values and self.random.random() < 0.3 else "") + self.blank() + "]"

    def inline_table(self, depth: int) -> str:
        pairs = []
        for _ in range(self.random.randint(0, 3)):
            pairs.append(self.space() + self.key() + self.space() + "=" + self.space() + self.value(depth + 1) + self.space())
        return "{" + (",".join(pairs) or self.space()) + "}"

    def space(self) -> str:
        return self.choice(["", "", "", " ", " ", "\t", "  "])

    def blank(self) -> str:
        """White space, line ends and comments."""
        text = self.space()
        if self.random.random() < 0.2:
            text += self.comment(0.3) + self.line_end + self.space()
        return text

    def comment(self, likelihood: float) -> str:
        return self.choice(["#", "# c", "# é ] }", '# "']) if self.random.random() < likelihood else ""

    def choice(self, options):
        return self.random.choice(options)
