#!/usr/bin/env python3
"""What Isotherm is made of besides its own code: writes THIRD-PARTY.md, or checks it.

    scripts/third-party.py               writes THIRD-PARTY.md
    scripts/third-party.py --check       exit 1 where it is not what Package.swift says, or a package's licence is another

Packages are those of Package.swift and what they bring along; a licence is looked up in the checkout, where there is one.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
EXCEPTION = "Apache-2.0 with Runtime Library Exception"
# Name: licence, what it is for, what else is in it.
PACKAGES = {
    "swift-argument-parser": (EXCEPTION, "the command line", ""),
    "swift-log": ("Apache-2.0", "remarks of a run in a Swift program", ""),
    "swift-nio": ("Apache-2.0", "the live view",
                  "llhttp (MIT), cpp_magic.h of uSHET (MIT), sha1.c of FreeBSD (BSD-3-Clause); see its NOTICE.txt"),
    "swift-protobuf": (EXCEPTION, "ONNX and event files", ""),
}
# What those bring along.
BROUGHT = {
    "swift-atomics": (EXCEPTION, "swift-nio"),
    "swift-collections": (EXCEPTION, "swift-nio"),
    "swift-system": (EXCEPTION, "swift-nio"),
}
# Of the system, linked when the program starts: none of their code is inside it. Module: name, licence, Debian's package.
LIBRARIES = {
    "COpenBLAS": ("OpenBLAS", "BSD-3-Clause", "libopenblas0-pthread"),
    "CZlib": ("zlib", "Zlib", "zlib1g"),
    "CCrypto": ("OpenSSL (libcrypto)", "Apache-2.0", "libssl3"),
    "CTurboJPEG": ("libjpeg-turbo", "IJG and BSD-3-Clause and Zlib", "libturbojpeg0"),
    "CPNG": ("libpng", "libpng-2.0", "libpng16-16"),
    "CWebP": ("libwebp", "BSD-3-Clause", "libwebp7"),
    "CZip": ("libzip", "BSD-3-Clause", "libzip4"),
    "CCurl": ("curl", "curl", "libcurl4"),
    "CHwloc": ("hwloc", "BSD-3-Clause", "libhwloc15"),
}
# Words by which a licence's text is known.
WORDS = {
    "Apache-2.0": ["Apache License"],
    EXCEPTION: ["Apache License", "Runtime Library Exception"],
}


def fail(text):
    sys.exit(f"third-party: {text}")


def packages(manifest):
    """Name, address and versions of the packages that the manifest asks for."""
    found = re.findall(r'\.package\(url: "([^"]+)", (.+)\),\n', manifest)
    return {url.rsplit("/", 1)[1]: (url, words(rule)) for url, rule in found}


def words(rule):
    """A requirement of SwiftPM in words."""
    match = re.fullmatch(r'(from: |exact: |\.upToNextMinor\(from: )"(\d+)\.(\d+)\.(\d+)"\)?', rule)
    if not match:
        fail(f"Package.swift: found the requirement {rule}; allowed: from:, exact: or .upToNextMinor(from:)")
    kind, major, minor, patch = match.groups()
    version = f"{major}.{minor}.{patch}"
    if kind == "exact: ":
        return version
    end = f"{int(major) + 1}.0.0" if kind == "from: " else f"{major}.{int(minor) + 1}.0"
    return f"from {version}, below {end}"


def page():
    manifest = (ROOT / "Package.swift").read_text()
    asked = packages(manifest)
    modules = re.findall(r'\.systemLibrary\(name: "(\w+)"', manifest)
    for found, known, what in [(asked, PACKAGES, "packages"), (modules, LIBRARIES, "system libraries")]:
        if set(found) != set(known):
            fail(f"Package.swift has the {what} {sorted(found)}, this script knows {sorted(known)}: say what they are there")
    lines = [
        "# What Isotherm is made of", "",
        "<!-- written by scripts/third-party.py, which CI holds against Package.swift -->", "",
        "Isotherm itself is under the [MIT licence](LICENSE). The texts of all others lie in",
        "`share/doc/isotherm/licenses` of an installation, and in `.build/checkouts/NAME/LICENSE.txt` after a build.", "",
        "## Inside the program", "",
        "| package | versions | licence | for |", "|---|---|---|---|",
    ]
    for name, (url, versions) in sorted(asked.items()):
        licence, purpose, more = PACKAGES[name]
        lines.append(f"| [{name}]({url}) | {versions} | {licence}{'; inside: ' + more if more else ''} | {purpose} |")
    for name, (licence, parent) in sorted(BROUGHT.items()):
        lines.append(f"| [{name}](https://github.com/apple/{name}) | as {parent} asks | {licence} | {parent} |")
    lines += [
        f"| [Swift's runtime, Foundation](https://www.swift.org) | the compiler's | {EXCEPTION}; inside: ICU's data "
        "(Unicode-3.0) | an installation alone: `make build` links that of the compiler |",
        "", "Versions are held to a minor version, so that a build of tomorrow has what was tested and still gets corrections;",
        "a lock file would hold no program that uses the library.", "",
        "## Linked from the system", "",
        "Their texts come with the system: `/usr/share/doc/PACKAGE/copyright`.", "",
        "| library | licence | Debian's package |", "|---|---|---|",
    ]
    for module in modules:
        name, licence, package = LIBRARIES[module]
        lines.append(f"| {name} | {licence} | {package} |")
    lines += ["", "## Data", "", "`digits.csv.gz`: Optical Recognition of Handwritten Digits, E. Alpaydin and C. Kaynak (1998), UCI",
              "Machine Learning Repository, CC BY 4.0; see `Sources/Datasets/Resources/DIGITS-LICENSE.txt`.", ""]
    return "\n".join(lines)


def check_licences():
    """Holds the licences named here against the texts in the checkouts."""
    checkouts = ROOT / ".build" / "checkouts"
    seen = 0
    for name, (licence, *_) in [*PACKAGES.items(), *BROUGHT.items()]:
        path = checkouts / name / "LICENSE.txt"
        if not path.exists():
            continue
        seen += 1
        text = path.read_text()
        missing = [word for word in WORDS[licence] if word not in text]
        if missing:
            fail(f"{path}: found no {missing}, allowed is {licence}: look at the licence, and correct scripts/third-party.py")
        if licence == "Apache-2.0" and "Runtime Library Exception" in text:
            fail(f"{path}: has the Runtime Library Exception; correct scripts/third-party.py")
    others = {path.name for path in checkouts.iterdir() if path.is_dir()} if checkouts.exists() else set()
    unknown = others - set(PACKAGES) - set(BROUGHT)
    if unknown:
        fail(f"{checkouts}: found {sorted(unknown)}, which scripts/third-party.py does not know")
    return seen


def main():
    arguments = sys.argv[1:]
    target = ROOT / "THIRD-PARTY.md"
    text = page()
    if not arguments:
        target.write_text(text)
    elif arguments != ["--check"]:
        fail("usage: scripts/third-party.py [--check]")
    elif not target.exists() or target.read_text() != text:
        fail("THIRD-PARTY.md is not what Package.swift says; write it with scripts/third-party.py")
    print(f"THIRD-PARTY.md: {check_licences()} licences compared with their texts")


if __name__ == "__main__":
    main()
