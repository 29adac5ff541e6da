"""What the comparison has found so far."""

import collections

from expectations import fail


class Report:
    def __init__(self, document: str, documented: set[tuple[str, str]]):
        self.document = document
        self.documented = documented
        self.classes = collections.Counter()

    def finish(self, is_usual: bool):
        """Compares the disagreements with the document.

        is_usual: whether as much was compared as usual, so that every class in the document must have occurred."""
        for pair, count in sorted(self.classes.items()):
            if pair not in self.documented:
                fail(f"{count} disagreements with {pair[0]} are not in {self.document}: {pair[1]}")
        if is_usual:
            for peer, name in sorted(self.documented - set(self.classes)):
                fail(f"{self.document} speaks of a disagreement with {peer} that does not occur: {name}")
        print(f"{sum(self.classes.values())} disagreements in {len(self.classes)} documented classes")
