"""Reads callgrind's output: instructions by library, function and call, and allocations with their callers."""

import collections
import re

# Functions that allocate from the heap, whoever calls them: libcurl, zlib and OpenSSL count too.
ALLOCATORS = {"malloc", "calloc", "realloc", "posix_memalign", "aligned_alloc", "memalign"}
# Callers recorded with an allocation. The first three to five are wrappers of the Swift runtime.
CALLERS = 10
OPTIONS = ["--tool=callgrind", "-q", "--demangle=no", "--dump-line=no",
           *(f"--separate-callers{CALLERS}={name}" for name in sorted(ALLOCATORS))]

PROGRAM, CURL, OPENSSL, GZIP, LIBC, OTHER = "program", "libcurl", "OpenSSL", "gzip", "libc", "other"
# The first are linked with everything, and count for their callers.
PARTS = [(LIBC, r"lib(c|m|stdc\+\+|gcc_s|pthread|dl)[.-]|ld-linux|ld64"), (CURL, r"libcurl"), (OPENSSL, r"lib(ssl|crypto)[.-]"),
         (GZIP, r"lib(z|deflate)[.-]"), (PROGRAM, r"zuora-gateway$")]

Function = collections.namedtuple("Function", "part name")


def part(path):
    name = path.rsplit("/", 1)[-1]
    return next((part for part, pattern in PARTS if re.match(pattern, name)), OTHER)


class Costs:
    """Exclusive instructions of functions, and number and inclusive instructions of calls from one function to another."""

    def __init__(self):
        self.own = collections.Counter()
        self.calls = collections.Counter()
        self.below = collections.Counter()

    @classmethod
    def read(cls, path):
        costs, names = cls(), {"ob": {}, "fn": {}}

        def name(kind, text):
            number, _, new = text.partition(" ")
            if new:
                names[kind][number] = new
            return names[kind].get(number, number)

        own_part = called_part = function = called = None
        with open(path, errors="replace") as lines:
            for line in lines:
                key, is_key, value = line.rstrip("\n").partition("=")
                if is_key and key == "ob":
                    own_part = part(name("ob", value))
                elif is_key and key == "fn":
                    function = Function(own_part, name("fn", value))
                elif is_key and key == "cob":
                    called_part = part(name("ob", value))
                elif is_key and key == "cfn":
                    called = Function(called_part or own_part, name("fn", value))
                elif is_key and key == "calls":
                    costs.calls[function, called] += int(value.split()[0])
                    costs.below[function, called] += cost(next(lines))
                    called_part = None
                elif function and line[:1] in "0123456789+-*":
                    costs.own[function] += cost(line)
        return costs.with_linkage_as_callers()

    def with_linkage_as_callers(self):
        """Assigns functions of no library, which are linkage stubs, to the library that calls them most."""
        callers = {}
        for (caller, called), count in self.calls.items():
            if called.part == OTHER != caller.part and count > callers.get(called, (None, 0))[1]:
                callers[called] = caller.part, count

        def known(function):
            return Function(callers[function][0], function.name) if function in callers else function

        result = Costs()
        for function, instructions in self.own.items():
            result.own[known(function)] += instructions
        for mine, to in ((self.calls, result.calls), (self.below, result.below)):
            for (caller, called), count in mine.items():
                to[known(caller), known(called)] += count
        return result

    def per_request(self, fewer, requests):
        """The cost of one request: the difference from a run with so many requests fewer, divided by them."""
        result = Costs()
        for mine, theirs, to in ((self.own, fewer.own, result.own), (self.calls, fewer.calls, result.calls),
                                 (self.below, fewer.below, result.below)):
            for key in mine.keys() | theirs.keys():
                if change := mine[key] - theirs[key]:
                    to[key] = change / requests
        return result

    @property
    def instructions(self):
        return sum(self.own.values())

    @property
    def allocations(self):
        return sum(calls for (_, called), calls in self.calls.items() if is_allocator(called))

    def parts(self):
        """For each part, its own instructions and those of the C library when called by it."""
        own, for_it = collections.Counter(), collections.Counter()
        for function, instructions in self.own.items():
            own[function.part] += instructions
        for (caller, called), instructions in self.below.items():
            # The C library calls main(), which calls everything else.
            if called.part == LIBC != caller.part and not called.name.startswith("__libc_start_main"):
                for_it[caller.part] += instructions
        own[OTHER] += own.pop(LIBC, 0) - sum(for_it.values())
        return {name: (own[name], for_it[name]) for name in (PROGRAM, CURL, OPENSSL, GZIP, OTHER)}

    def inclusive(self):
        """Instructions of functions and of everything that they call."""
        result = collections.Counter(self.own)
        for (caller, called), instructions in self.below.items():
            if caller != called:
                result[caller] += instructions
        return result


def cost(line):
    """The cost at the end of a line of positions. It is absent if it is 0."""
    words = line.split()
    return int(words[-1]) if len(words) > 1 else 0


def context(function):
    """The name of a function, followed by those of the callers that callgrind recorded with it, nearest first."""
    return function.name.split("'")


def is_allocator(function):
    return function.part == LIBC and context(function)[0] in ALLOCATORS
