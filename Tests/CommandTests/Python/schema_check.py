"""Holds configs against a JSON Schema as an editor does, with jsonschema's rules of draft 2020-12.

schema_check.py SCHEMA CONFIG...: a JSON object, by config the list of its errors: the path of the place, and the message.
"""

import json
import sys

import jsonschema


def without_comments(text):
    """JSON of a text with // and /* */ comments and trailing commas, none of which are looked for within strings."""
    result = []
    place = 0
    while place < len(text):
        if text[place] == '"':
            end = place + 1
            while text[end] != '"':
                end += 2 if text[end] == "\\" else 1
            result.append(text[place : end + 1])
            place = end + 1
        elif text.startswith("//", place):
            end = text.find("\n", place)
            place = len(text) if end < 0 else end
        elif text.startswith("/*", place):
            place = text.index("*/", place) + 2
        elif text[place] in "]}":
            while result and result[-1].isspace():
                result.pop()
            if result and result[-1] == ",":
                result.pop()
            result.append(text[place])
            place += 1
        else:
            result.append(text[place])
            place += 1
    return "".join(result)


def errors(validator, instance):
    found = []
    pending = list(validator.iter_errors(instance))
    while pending:
        error = pending.pop()
        # Where one of several forms is allowed, the reasons are below.
        pending.extend(error.context or [])
        found.append({"path": ".".join(str(part) for part in error.absolute_path), "message": error.message})
    return found


schema = json.load(open(sys.argv[1], encoding="utf-8"))
jsonschema.Draft202012Validator.check_schema(schema)
validator = jsonschema.Draft202012Validator(schema)
result = {}
for path in sys.argv[2:]:
    result[path] = errors(validator, json.loads(without_comments(open(path, encoding="utf-8").read())))
json.dump(result, sys.stdout)
