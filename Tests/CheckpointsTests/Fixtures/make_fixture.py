"""Makes python.safetensors with the format's own Python package, to prove that its files can be read.

    python make_fixture.py
"""

import numpy
from safetensors.numpy import save_file

save_file(
    {
        "0.weight": numpy.arange(6, dtype=numpy.float32).reshape(2, 3) / 4,
        "0.bias": numpy.array([-1.5, 3e-20], dtype=numpy.float32),
        "1.num_batches_tracked": numpy.array(-12345678901, dtype=numpy.int64),
        "empty": numpy.zeros((0, 4), dtype=numpy.float32),
    },
    "python.safetensors",
    metadata={"format": "pt", "note": 'quotes " and \\ and é 🙂'},
)
