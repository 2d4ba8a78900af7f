"""Checkpoints that are damaged, foreign or made to do harm.

Runs without PyTorch, but for the one test that writes with it.
Promises what `torch_checkpoint.py` promises.
"""

import zipfile
from pathlib import Path

import numpy as np
import pytest
from nws_checkpoint import HYPER_PARAMETERS, Pickle, State, random_state, write_archive, write_checkpoint

from timbrel_kit.errors import UnusableCheckpoint
from timbrel_kit.nws_weights import read_weights
from timbrel_kit.torch_checkpoint import LARGEST_PICKLE_BYTES, Checkpoint


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "one.ckpt"


def arrays(checkpoint: Checkpoint) -> State:
    return {name: checkpoint.array(name, view) for name, view in checkpoint.values["state_dict"].items()}


def test_tensors_and_numbers_come_out_as_they_were_put_in(path: Path) -> None:
    state = random_state()
    state["half"] = np.arange(6, dtype=np.float16).reshape(2, 3)
    state["empty"] = np.zeros((0, 4), np.float32)
    write_checkpoint(path, state, HYPER_PARAMETERS)
    checkpoint = Checkpoint(path)
    found = arrays(checkpoint)
    assert list(found) == list(state)
    for name, value in state.items():
        assert np.array_equal(found[name], value), name
        assert found[name].dtype == value.dtype
    assert checkpoint.values["hyper_parameters"] == HYPER_PARAMETERS
    assert checkpoint.values["global_step"] == 7


def test_what_pytorch_saves_is_read_alike(path: Path) -> None:
    torch = pytest.importorskip("torch")
    state = {name: torch.from_numpy(value) for name, value in random_state().items()}
    turned = torch.arange(12, dtype=torch.float32).reshape(3, 4)
    state["turned"], state["part"] = turned.T, turned[1:, 2]
    state["parameter"] = torch.nn.Parameter(torch.ones(2))
    torch.save({"state_dict": state, "hyper_parameters": {"control_hop": 50}}, path)
    for name, value in arrays(Checkpoint(path)).items():
        assert np.array_equal(value, state[name].detach().numpy()), name


def test_a_file_cut_short_anywhere_is_told_in_a_sentence(path: Path) -> None:
    write_checkpoint(path, random_state(), HYPER_PARAMETERS)
    whole = path.read_bytes()
    lengths = sorted({*range(0, 64), *np.linspace(64, len(whole) - 1, 150, dtype=int).tolist(), len(whole) - 1})
    for length in lengths:
        path.write_bytes(whole[:length])
        with pytest.raises(UnusableCheckpoint) as caught:
            read_weights(Checkpoint(path))
        assert str(path) in str(caught.value)
        assert str(caught.value).endswith(".")
    assert "is cut short or damaged" in str(caught.value)
    print(f"{len(lengths)} lengths of {len(whole)} bytes")


def test_flipped_bytes_never_crash(path: Path) -> None:
    write_checkpoint(path, random_state(), HYPER_PARAMETERS)
    whole = path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        pickle = archive.read("archive/data.pkl")
    random = np.random.default_rng(1)
    refused = 0
    for turn in range(400):
        damaged = bytearray(pickle if turn % 2 else whole)
        for place in random.integers(0, len(damaged), 1 + turn % 3):
            damaged[place] ^= int(random.integers(1, 256))
        if turn % 2:
            # A damaged list in a zip file that is whole, so that the sums of the zip file do not find it first.
            write_archive(path, bytes(damaged), random_state())
        else:
            path.write_bytes(damaged)
        try:
            read_weights(Checkpoint(path))
        except UnusableCheckpoint:
            refused += 1
    print(f"{refused} of 400 refused, the others were read")
    assert refused > 200


@pytest.mark.parametrize(
    ("module", "name"),
    [("os", "system"), ("posix", "system"), ("builtins", "eval"), ("torch", "load"), ("torch._utils", "os.system")],
)
def test_a_pickle_that_asks_for_code_is_refused_by_name(path: Path, module: str, name: str) -> None:
    proof = path.with_name("proof")
    pickle = Pickle().name(module, name).add(b"(").text(f"touch {proof}").add(b"tR.")
    write_archive(path, pickle.data, {})
    with pytest.raises(UnusableCheckpoint, match=f"asks for the class {module}.{name}, which no checkpoint"):
        Checkpoint(path)
    assert not proof.exists()


def test_known_names_cannot_be_called_or_altered_to_do_harm(path: Path) -> None:
    rebuild = ("torch._utils", "_rebuild_tensor_v2")
    altered = Pickle().name(*rebuild).add(b"}(").text("__call__").number(1).add(b"ub.")
    called = Pickle().name("torch", "FloatStorage").add(b")R.")
    huge = Pickle().name(*rebuild).add(b"((").text("storage").name("torch", "FloatStorage").text("0").text("cpu")
    huge.number(4).add(b"tQ").number(0).add(b"(").number(2**31 - 1).add(b"t(").number(0)
    huge = (
        Pickle()
        .add(b"}(")
        .text("state_dict")
        .add(b"}(")
        .text(
            "x",
        )
        .add(huge.data[2:], b"t\x89)tRuu.")
    )
    for pickle in (altered, called):
        write_archive(path, pickle.data, {})
        with pytest.raises(UnusableCheckpoint, match="is damaged: its list of tensors ends in"):
            Checkpoint(path)
    write_archive(path, huge.data, {"x": np.zeros(4, np.float32)})
    with pytest.raises(UnusableCheckpoint, match="the tensor x reaches beyond its numbers"):
        arrays(Checkpoint(path))


def test_a_tensor_cannot_be_altered_after_its_check(path: Path) -> None:
    for field, value in (("offset", -(2**30)), ("shape", 2**30)):
        tensor = Pickle().add(b"}(").text("x").tensor("0", np.zeros(4, np.float32))
        # BUILD with the attributes of an object, and with those of its slots.
        for attributes in (Pickle().add(b"}").text(field).number(value).add(b"sb"), _slots(field, value)):
            write_archive(path, tensor.data + attributes.data[2:] + b"u.", {"x": np.zeros(4, np.float32)})
            with pytest.raises(UnusableCheckpoint, match="is damaged: its list of tensors ends in"):
                Checkpoint(path)


def _slots(field: str, value: int) -> Pickle:
    return Pickle().add(b"N}").text(field).number(value).add(b"s\x86b")


def test_a_pickle_cannot_fill_memory(path: Path) -> None:
    # LONG_BINPUT of the highest number: the unpickler would make a list of that length.
    write_archive(path, b"\x80\x02}r\xff\xff\xff\xff.", {})
    with pytest.raises(UnusableCheckpoint, match="a value remembered as number 4294967295"):
        Checkpoint(path)


def test_other_files_are_told_apart(path: Path) -> None:
    path.write_bytes(b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.")
    with pytest.raises(UnusableCheckpoint, match="is no PyTorch checkpoint: those are zip files"):
        Checkpoint(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("notes.txt", "hello")
    with pytest.raises(UnusableCheckpoint, match=r"holds 0 files 'data\.pkl', not 1"):
        Checkpoint(path)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data.pkl", bytes(LARGEST_PICKLE_BYTES + 1))
    with pytest.raises(UnusableCheckpoint, match=f"at most {LARGEST_PICKLE_BYTES} are read"):
        Checkpoint(path)
    with pytest.raises(UnusableCheckpoint, match="cannot be read: Is a directory"):
        Checkpoint(path.parent)


def test_a_tensor_shorter_than_announced_is_named(path: Path) -> None:
    state = random_state()
    write_checkpoint(path, state, HYPER_PARAMETERS)
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    members["archive/data/0"] = members["archive/data/0"][:-4]
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    with pytest.raises(
        UnusableCheckpoint, match=r"the tensor embedding\.gru\.weight_ih_l0 lies in 284 bytes, where 288"
    ):
        read_weights(Checkpoint(path))
