"""Errors that the person at the terminal reads.

Raised anywhere in the kit, printed once by `cli.main`.
Promises that the message is a whole sentence naming the file or field at fault; proved by `test_cli.py`.
"""


class KitError(Exception):
    """Something about the input is wrong; the message is the sentence to print."""


class UnreadableAudio(KitError):
    """One recording cannot be used. Training names it, skips it and goes on."""


class UnusableModel(KitError):
    """A model file breaks `docs/model-format.md`, or ONNX Runtime refuses it."""


class UnusableCheckpoint(KitError):
    """A checkpoint that was to be imported is damaged, of another network, or without its statistics."""
