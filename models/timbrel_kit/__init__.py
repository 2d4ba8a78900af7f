"""Timbrel's training kit: recordings in, one ONNX instrument out.

Runs on the trainer's machine, never in the plugin. Promises that what it exports satisfies `docs/model-format.md`
(proved by `models/tests/test_export.py`). Only training needs PyTorch; the rest runs on NumPy and ONNX Runtime.
"""

__version__ = "0.1.0"
FORMAT_VERSION = 1
