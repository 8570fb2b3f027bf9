"""Makes python.safetensors and types.safetensors with the format's own Python package, to prove that its files can be read; needs torch.

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

# types.safetensors: every type that PyTorch saves. Behind `expected.` is what PyTorch makes of it in single precision.
import torch
from safetensors.torch import save_file as save_torch

halves = torch.tensor([0.0, -0.0, 1.0, -2.5, 65504.0, 6e-8, -3e-6, 6.1e-5, float("inf"), 0.1], dtype=torch.float16)
brains = torch.tensor([0.0, -0.0, 3e38, -1e-40, 0.1, float("-inf"), 257.0], dtype=torch.bfloat16)
doubles = torch.tensor([0.1, -1e-50, 1 / 3, 1 + 2**-24, 3.4e38, float("inf")], dtype=torch.float64)
tensors = {"half": halves, "brain": brains, "double": doubles}
tensors |= {f"expected.{name}": tensor.to(torch.float32) for name, tensor in list(tensors.items())}
others = "bool uint8 int8 int16 uint16 int32 uint32 int64 uint64 complex64 float8_e4m3fn float8_e5m2".split()
tensors |= {f"other.{name}": torch.ones(3).to(getattr(torch, name)) for name in others}
tensors |= {"none.half": torch.zeros(0, 3, dtype=torch.float16), "scalar": torch.tensor(2.0, dtype=torch.float64)}
save_torch(tensors, "types.safetensors")
