"""What pandas reads in a table, as JSON: read_table.py FILE"""
import json
import sys

import pandas

table = pandas.read_csv(sys.argv[1], float_precision="round_trip")
# As texts, with all digits: not every reader of JSON rounds a number right.
columns = {
    name: ["" if pandas.isna(value) else repr(float(value)) for value in table[name]] for name in table.columns}
json.dump({"order": list(table.columns), "columns": columns}, sys.stdout)
