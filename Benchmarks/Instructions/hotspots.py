"""Prints the profile of a request: instructions by library, cause, phase, file and function, and allocations by call site."""

import collections
import os
import pathlib
import re
import shutil
import subprocess
import sys

import callgrind
from callgrind import LIBC, PROGRAM, Function

ROWS = 60
WIDTH = 110
SITE_CALLERS = 4

# The purpose of functions of the program and of the C library that are in none of our source files.
CAUSES = [
    ("exclusivity checks", r"swift_(begin|end)Access|.*AccessSet|.*SwiftTLSContext"),
    ("async runtime", r".*StackAllocator|swift_(task|job|async|continuation|executor|defaultActor|distributed)|.*(AsyncTask|future_adapter|"
                      r"ExecutorContext|ExecutorTracking|StatusRecord|TaskGroup|TaskLocal|AsyncContext)"),
    ("reference counting", r"swift_(retain|release|unowned|weak|bridgeObject|isUniquely|set[DR]|nonatomic|unknownObject)|"
                           r".*(RefCounts|WeakReference)"),
    ("allocation", r"(malloc|calloc|realloc|free|cfree|_int_\w+|malloc_consolidate|sysmalloc|unlink_chunk.*|tcache\w*|checked_request2size|"
                   r"arena_get2.*|posix_memalign|aligned_alloc)$|swift_(slow|alloc|dealloc|initStack|initStatic|reallocate)|_Zn|_Zd|"
                   r".*(_swift_release_dealloc)"),
    ("copies of bytes", r"_*(mem(cpy|move|set|cmp)|str(len|cmp|ncmp|chr)|memchr|bcmp)"),
    ("types at run time", r"swift_(get|conforms|dynamicCast|check|metadata|init|lookUp|projectBox|once|instantiate|array|copy)|"
                          r".*(Metadata|Conformance|Demangl|Witness)"),
    ("copies of values", r"\$s.*(WO[a-z]|w[a-z]{2})(Tm)?$"),
    ("Swift's collections and strings", r"\$s"),
    ("Swift's runtime, other", r"swift|_swift|_Z"),
]


class Sources:
    """Readable names of functions, and the files of the repository that declare them."""

    def __init__(self, program, names):
        self.texts = dict(zip(names, self.demangled(names)))
        self.files = self.located(program, set(names))

    @staticmethod
    def tool(name):
        """The path of a program of the Swift toolchain."""
        swift = shutil.which(os.environ.get("SWIFT", "swift"))
        folders = [os.path.dirname(os.path.realpath(swift))] if swift else []
        return shutil.which(name, path=os.pathsep.join([*folders, os.environ["PATH"]])) or sys.exit(f"{name}, a part of Swift, is missing")

    @classmethod
    def demangled(cls, names):
        text = subprocess.run([cls.tool("swift-demangle"), "--simplified"], input="\n".join(names), text=True, capture_output=True,
                              check=True).stdout.splitlines()
        if shutil.which("c++filt"):
            text = subprocess.run(["c++filt", "--no-params"], input="\n".join(text), text=True, capture_output=True, check=True).stdout.splitlines()
        return text if len(text) == len(names) else names

    @classmethod
    def located(cls, program, names):
        """The file that a function is declared in, from the debug information: that of the outermost frame of what is inlined."""
        addresses = {}
        for line in subprocess.run(["nm", program], text=True, capture_output=True, check=True).stdout.splitlines():
            words = line.split()
            if len(words) == 3 and words[1] in "tTwW" and words[2] in names:
                addresses[words[2]] = words[0]
        lines = subprocess.run([cls.tool("llvm-symbolizer"), f"--obj={program}", "--no-demangle"], text=True, capture_output=True, check=True,
                               input="".join(f"0x{address}\n" for address in addresses.values())).stdout.split("\n\n")
        files = {}
        for name, frames in zip(addresses, lines):
            if found := re.search(r"/(Sources/[^:]+):\d+(:\d+)?$", frames.strip().split("\n")[-1]):
                files[name] = found[1]
        return files

    def file(self, function):
        return self.files.get(callgrind.context(function)[0]) if function.part == PROGRAM else None

    def text(self, name):
        text = self.texts.get(name, name)
        if part := re.search(r"T([QY]\d+)_$", name):
            text = f"resumed {part[1]}: " + re.sub(r"^\(\d+\) (await|suspend) resume partial function for ", "", text)
        return text


def merged(function):
    """The function without the callers that callgrind recorded with it."""
    return Function(function.part, callgrind.context(function)[0])


def short(text):
    return text if len(text) <= WIDTH else text[:WIDTH - 1] + "…"


def heading(text):
    print(f"\n{text}\n{'-' * len(text)}")


def phase(file):
    """The part of the request path that a source file belongs to, or None for a helper, whose cost is its callers'."""
    folders = file.removeprefix("Sources/").split("/")
    if folders[:2] == ["Gateway", "Phases"]:
        return folders[2].removesuffix(".swift").lower()
    if folders[0] == "Gateway":
        return "between the phases" if len(folders) == 2 else {
            "Admission": "admit", "Content": "content", "OAuth": "accept", "Record": "record", "Tokens": "credential",
            "Waiting": "between the phases"}.get(folders[1])
    return {"Loop": "event loop", "Server": "server", "Streams": "streams and TLS", "Upstream": "upstream"}.get(
        folders[1]) if folders[0] == "Network" else None


def charged(costs, sources, label):
    """Instructions by the label of source files: of our code, of the Swift runtime and the C library, and of other libraries.

    Functions without a label are charged to their callers, in proportion to what they cost below each. This is exact for a function
    with one caller, and an estimate for helpers of helpers.
    """
    callers = collections.defaultdict(dict)
    for (caller, called), instructions in costs.below.items():
        if caller != called and instructions > 0:
            callers[called][caller] = instructions
    result, pending = collections.defaultdict(lambda: [0, 0, 0]), collections.defaultdict(lambda: [0, 0, 0])
    for function, instructions in costs.own.items():
        pending[function][0 if sources.file(function) else 1 if function.part in (PROGRAM, LIBC) else 2] += instructions
    for _ in range(200):
        above = collections.defaultdict(lambda: [0, 0, 0])
        for function, amounts in pending.items():
            file, by = sources.file(function), callers.get(function)
            owner = (file and label(file)) or (None if by else "nobody")
            if owner:
                result[owner] = [a + b for a, b in zip(result[owner], amounts)]
                continue
            whole = sum(by.values())
            for caller, share in by.items():
                above[caller] = [a + b * share / whole for a, b in zip(above[caller], amounts)]
        pending = above
    return result


def cause(function, sources):
    if file := sources.file(function):
        return "our own: " + file.split("/")[1]
    name = callgrind.context(function)[0]
    for label, pattern in CAUSES:
        if re.match(pattern, name):
            return label
    return "C library, other" if function.part == LIBC else "program, other"


def print_parts(costs):
    heading("Instructions per request, by library")
    print(f"{'':24}{'own':>10}{'C library':>11}{'together':>10}")
    for name, (own, for_it) in costs.parts().items():
        print(f"{name:24}{own:10,.0f}{for_it:11,.0f}{own + for_it:10,.0f}")
    print(f"{'all':24}{costs.instructions:31,.0f}")


def print_causes(costs, sources):
    heading("Instructions per request of the program and of the C library (for all libraries), by cause")
    causes = collections.Counter()
    for function, instructions in costs.own.items():
        if function.part in (PROGRAM, LIBC):
            causes[cause(function, sources)] += instructions
    for label, instructions in causes.most_common():
        if instructions >= 1:
            print(f"{instructions:10,.0f}  {label}")


def print_charged(costs, sources, title, label):
    heading(title)
    print(f"{'together':>10}{'ours':>10}{'runtime':>10}{'libraries':>10}")
    for name, amounts in sorted(charged(costs, sources, label).items(), key=lambda item: -sum(item[1])):
        if sum(amounts) >= 20:
            print(f"{sum(amounts):10,.0f}" + "".join(f"{amount:10,.0f}" for amount in amounts) + f"  {name}")


def print_functions(costs, sources):
    called = collections.Counter()
    for (_, function), count in costs.calls.items():
        called[merged(function)] += count
    for title, counts in (("exclusive", costs.own), ("inclusive", costs.inclusive())):
        heading(f"Instructions per request, by function, {title}: the first {ROWS}")
        functions = collections.Counter()
        for function, instructions in counts.items():
            functions[merged(function)] += instructions
        print(f"{'':17}{'calls':>8}")
        for function, instructions in functions.most_common(ROWS):
            file = sources.file(function)
            where = f"  [{file.removeprefix('Sources/')}]" if file else "" if function.part == PROGRAM else f"  [{function.part}]"
            print(f"{instructions:10,.0f}{instructions / costs.instructions:7.1%}{called[function]:8,.1f}  "
                  f"{short(sources.text(function.name))}{where}")


def print_callers(costs, sources):
    heading("Callers of the costliest library functions: calls, and inclusive instructions of these calls")
    own, arcs = collections.Counter(), collections.defaultdict(lambda: collections.defaultdict(lambda: [0, 0]))
    for function, instructions in costs.own.items():
        if function.part in (PROGRAM, LIBC) and not sources.file(function):
            own[merged(function)] += instructions
    for (caller, called), count in costs.calls.items():
        arc = arcs[merged(called)][merged(caller)]
        arc[0] += count
        arc[1] += costs.below[caller, called]
    for function, instructions in own.most_common(24):
        print(f"\n{instructions:10,.0f}  {short(sources.text(function.name))}")
        for caller, (count, below) in sorted(arcs[function].items(), key=lambda item: -item[1][1])[:10]:
            print(f"{'':10}{count:8,.2f}{below:9,.0f}  {short(sources.text(caller.name))}")


def print_allocations(costs, sources):
    heading(f"Allocations per request, by call site: {costs.allocations:.1f}")
    sites = collections.defaultdict(lambda: (collections.Counter(), collections.Counter()))
    for (_, called), count in costs.calls.items():
        if callgrind.is_allocator(called):
            names = callgrind.context(called)
            # The nearest of our own functions, or else the nearest function that is not a wrapper of the allocator.
            site = next((n for n in names if n in sources.files), None) or next(
                (n for n in names[1:] if not re.match(r"0x|CRYPTO_|swift_|_Z|\$s", n)), names[-1])
            at = names.index(site)
            below = [sources.text(name) for name in names[at - 1:0:-1] if not name.startswith("0x")]
            ways, uses = sites[site]
            ways[" > ".join([*below, names[0]])] += count
            uses[tuple(names[at + 1:at + 1 + SITE_CALLERS])] += count
    for site, (ways, uses) in sorted(sites.items(), key=lambda item: -sum(item[1][0].values())):
        if (whole := sum(ways.values())) < 0.05:
            continue
        where = f"  [{sources.files[site].removeprefix('Sources/')}]" if site in sources.files else ""
        print(f"\n{whole:8.2f}  {short(sources.text(site))}{where}")
        for way, count in ways.most_common():
            if count >= 0.05:
                print(f"{'':8}{count:8.2f}  by {short(way)}")
        for names, count in uses.most_common():
            if count >= 0.05 and names:
                print(f"{'':8}{count:8.2f}  for " + f"\n{'':20}".join(short(sources.text(name)) for name in names))


def report(case, costs, program):
    functions = costs.own.keys() | {function for arc in costs.calls for function in arc}
    sources = Sources(program, sorted({name for function in functions for name in callgrind.context(function)}))
    print(f"{case}: {costs.instructions:,.0f} instructions and {costs.allocations:.1f} allocations per request")
    print_parts(costs)
    print_causes(costs, sources)
    print_charged(costs, sources, "Instructions per request, by phase, with the helpers that it calls", phase)
    print_charged(costs, sources, "Instructions per request, by source file, with the library functions that it calls",
                  lambda file: file.removeprefix("Sources/"))
    print_functions(costs, sources)
    print_allocations(costs, sources)
    print_callers(costs, sources)
