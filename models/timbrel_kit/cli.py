"""The command line: `python -m timbrel_kit train | train-shared | export | evaluate | perform | report | import`.

Runs on the main thread; imports PyTorch only for the commands that need it.
Promises that what goes wrong is told in a sentence, with exit status 1; proved by `test_cli.py`.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path

from timbrel_kit.allocator import restart_with_large_buffers
from timbrel_kit.errors import KitError

INTERRUPTED = 130


def main(arguments: list[str] | None = None) -> int:
    """Runs one command and returns its exit status."""
    options = _parser().parse_args(arguments)
    if options.command in (run_train_command, run_train_shared_command) and arguments is None:
        restart_with_large_buffers()
    try:
        options.command(options)
    except KitError as error:
        print(f"timbrel_kit: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped. What was trained is in the checkpoint: go on with --resume.", file=sys.stderr)
        return INTERRUPTED
    return 0


def say(line: str) -> None:
    """Progress goes to the standard output line by line, also where that is a file."""
    print(line, flush=True)


def run_train_command(options: argparse.Namespace) -> None:
    _need_torch()
    from timbrel_kit.train_command import run_train

    model = run_train(options, say)
    if model is not None:
        say(f"Ready: {model}")


def run_train_shared_command(options: argparse.Namespace) -> None:
    _need_torch()
    from timbrel_kit.shared_command import run_train_shared

    say(f"Wrote {run_train_shared(options, say)}.")


def run_export_command(options: argparse.Namespace) -> None:
    _need_torch()
    from timbrel_kit.train_command import run_export

    _print_held(run_export(options, say))


def run_evaluate_command(options: argparse.Namespace) -> None:
    from timbrel_kit.card import write_card
    from timbrel_kit.comparisons import write_comparisons
    from timbrel_kit.evaluate import clips_of, judged
    from timbrel_kit.held import measure_held_notes
    from timbrel_kit.progress import CHECKPOINT, loss_table
    from timbrel_kit.runtime import Model
    from timbrel_kit.shared_evaluate import evaluate_places
    from timbrel_kit.training_record import TrainingRecord

    model = Model(options.model)
    if not options.audio.is_dir():
        raise KitError(f"{options.audio} is not a folder. Give the one that holds manifest.csv or the recordings.")
    record = TrainingRecord.beside(model.path)
    if "instruments" in model.metadata:
        evaluation = evaluate_places(model, options.audio, options.cache, say)
        clips, owners = evaluation.examples, evaluation.owners
    else:
        clips, owners = clips_of(model, options.audio, options.instrument, options.cache, say), None
        evaluation = judged(model, clips, record)
    held = measure_held_notes(model)
    for line in [*evaluation.lines(), *held.lines()]:
        say(line)
    if options.card:
        table = loss_table(model.path.with_name(CHECKPOINT))
        comparisons = write_comparisons(model, clips, record, table, owners)
        say(f"Wrote {write_card(model, evaluation, held, comparisons)}.")


def run_report_command(options: argparse.Namespace) -> None:
    from timbrel_kit.report_command import run_report

    run_report(options, say)


def run_perform_command(options: argparse.Namespace) -> None:
    _need_torch()
    from timbrel_kit.performance_command import check_folder, run_perform

    check_folder(options.audio)
    run_perform(options.model, options.audio, options.instrument, options.cache, say)


def run_import_command(options: argparse.Namespace) -> None:
    from timbrel_kit.import_nws import Wishes, import_nws

    import_nws(options.source, options.out, Wishes(options.name, options.author, options.licence, options.seed), say)


def run_golden_command(options: argparse.Namespace) -> None:
    _need_torch()
    from timbrel_kit.golden import write_golden

    write_golden(options.out, say)


def _print_held(path: Path) -> None:
    from timbrel_kit.held import measure_held_notes
    from timbrel_kit.runtime import Model

    for line in measure_held_notes(Model(path)).lines():
        say(line)


def _need_torch() -> None:
    try:
        import torch  # noqa: F401
    except ImportError as error:
        raise KitError(
            "This command needs PyTorch: pip install -r models/requirements-train.txt (3 GB on Linux x86-64)."
        ) from error


def positive_integer(text: str) -> int:
    """An integer above 0, for argparse."""
    value = int(text)
    if value <= 0:
        raise argparse.ArgumentTypeError(f"{text} is not above 0")
    return value


def positive_number(text: str) -> float:
    """A finite number above 0, for argparse."""
    value = float(text)
    if not 0.0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is not above 0")
    return value


def number_from_0(text: str) -> float:
    """A finite number, 0 or above, for argparse."""
    value = float(text)
    if not 0.0 <= value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is under 0")
    return value


def within(low: int, high: int) -> Callable[[str], int]:
    """An integer between two limits, both included, for argparse."""

    def integer(text: str) -> int:
        value = int(text)
        if not low <= value <= high:
            raise argparse.ArgumentTypeError(f"{text} is not between {low} and {high}")
        return value

    return integer


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="timbrel_kit", description="Trains instruments for Timbrel and judges them. See docs/training.md."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_train(commands)
    _add_train_shared(commands)
    _add_export(commands)
    _add_evaluate(commands)
    _add_report(commands)
    _add_perform(commands)
    _add_import(commands)
    golden = commands.add_parser("golden", help="write the golden vectors that the engine's tests read")
    golden.add_argument("out", metavar="OUT_DIR", type=Path)
    golden.set_defaults(command=run_golden_command)
    return parser


def _add_train(commands: argparse._SubParsersAction) -> None:
    train = commands.add_parser(
        "train",
        help="train an instrument from a folder of recordings",
        description="Trains an instrument from recordings of single notes or phrases of one instrument, one note at a "
        "time. Writes NAME.onnx, its parity file and a training record into --out. A run that is killed goes on "
        "with --resume.",
    )
    train.add_argument(
        "folder", metavar="FOLDER", type=Path, help="recordings (wav, flac, ogg, aiff, mp3), searched deep"
    )
    train.add_argument("--name", required=True, help="what the player sees; also names the files")
    train.add_argument("--out", required=True, type=Path, metavar="DIR", help="where the instrument and checkpoint go")
    train.add_argument("--manifest", type=Path, metavar="CSV", help="columns file, instrument, measured_hz, ...")
    train.add_argument(
        "--keep-doubtful", action="store_true", help="train also on recordings that clip or do not hold one pitch"
    )
    train.add_argument("--instrument", help="train on the manifest's rows for this instrument")
    length = train.add_mutually_exclusive_group()
    length.add_argument("--hours", type=positive_number, help="train for this long, features not counted")
    length.add_argument("--steps", type=within(0, 10**7), help="spectral steps (default 3000)")
    train.add_argument("--regression-steps", type=within(0, 10**7), help="steps onto analysed controls before (600)")
    train.add_argument("--resume", action="store_true", help="go on with the checkpoint in --out")
    train.add_argument("--seed", type=int, default=1)
    train.add_argument("--batch", type=positive_integer, default=4, help="crops of one second a step (4)")
    train.add_argument("--threads", type=positive_integer, help="for PyTorch (all cores, shared by processes)")
    train.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto", help="auto: a GPU if there is one")
    train.add_argument("--sample-rate", type=within(8000, 192000), default=48000, help="Hz (48000)")
    train.add_argument("--hop", type=within(16, 8192), default=192, help="samples a control frame (192)")
    train.add_argument("--harmonics", type=within(1, 512), help="partials played (128), or of a NEWT's exciter (64)")
    train.add_argument("--noise-bands", type=within(2, 1025), default=65)
    train.add_argument("--hidden", type=within(1, 4096), default=128, help="width of the network (128)")
    train.add_argument(
        "--core", choices=("gru", "convolution"), default="gru", help="what the network remembers with (gru)"
    )
    train.add_argument(
        "--memory",
        type=number_from_0,
        default=0.35,
        metavar="SECONDS",
        help="longest memory of the network, so that held notes do not creep; 0 for no bound, with a GRU only (0.35)",
    )
    train.add_argument("--family", choices=("ddsp", "newt"), default="ddsp", help="sine bank or waveshapers (ddsp)")
    train.add_argument("--shapers", type=within(1, 512), default=24, help="of a NEWT (24)")
    train.add_argument("--exciter-top", type=positive_number, default=8000.0, metavar="HZ", help="of a NEWT (8000)")
    train.add_argument("--room", type=positive_number, metavar="SECONDS", help="a NEWT learns a room this long (none)")
    train.add_argument("--loudness", choices=("a-weighted", "power"), default="a-weighted")
    train.add_argument("--cache", type=Path, metavar="DIR", help="where features are kept (OUT/cache)")
    _add_credits(train)
    train.set_defaults(command=run_train_command)


def _add_train_shared(commands: argparse._SubParsersAction) -> None:
    shared = commands.add_parser(
        "train-shared",
        help="train one decoder for all instruments of a manifest",
        description="Trains one DDSP decoder for all instruments of a manifest; each is a place in its latent space.",
    )
    shared.add_argument("folder", metavar="FOLDER", type=Path, help="the recordings")
    shared.add_argument("--manifest", required=True, type=Path, metavar="CSV", help="as for train")
    shared.add_argument("--name", required=True, help="what the player sees; also names the files")
    shared.add_argument("--out", required=True, type=Path, metavar="DIR", help="where the instrument and checkpoint go")
    length = shared.add_mutually_exclusive_group(required=True)
    length.add_argument("--hours", type=positive_number, help="train for this long, features not counted")
    length.add_argument("--steps", type=within(0, 10**7), help="spectral steps")
    shared.add_argument("--regression-steps", type=within(0, 10**7), help="steps onto analysed controls before (600)")
    shared.add_argument("--resume", action="store_true", help="go on with the checkpoint in --out")
    shared.add_argument("--seed", type=int, default=1)
    shared.add_argument("--batch", type=positive_integer, default=4, help="crops of one second a step (4)")
    shared.add_argument("--threads", type=positive_integer, default=os.cpu_count() or 1, help="for PyTorch (all cores)")
    shared.add_argument("--hidden", type=within(1, 4096), default=192, help="width of the network (192)")
    shared.add_argument("--memory", type=positive_number, default=0.35, metavar="SECONDS", help="as for train (0.35)")
    shared.add_argument("--cache", type=Path, metavar="DIR", help="where features are kept (OUT/cache)")
    shared.add_argument("--author", default="not stated", help="who trains it")
    shared.set_defaults(command=run_train_shared_command)


def _add_export(commands: argparse._SubParsersAction) -> None:
    export = commands.add_parser("export", help="export the checkpoint of a run that is going or was stopped")
    export.add_argument("folder", metavar="RUN_DIR", type=Path, help="the --out folder of the run")
    export.add_argument("--name", required=True)
    export.add_argument("--out", type=Path, metavar="DIR", help="where to write (RUN_DIR)")
    several = export.add_argument_group("of a model of several instruments (train-shared)")
    several.add_argument(
        "--rest", metavar="A,B,..", help="the instruments between which it rests (nowhere in particular)"
    )
    several.add_argument("--axes", metavar="A,B,..", help="names of its latent dimensions for the player")
    _add_credits(export)
    export.set_defaults(command=run_export_command)


def _add_credits(command: argparse.ArgumentParser) -> None:
    command.add_argument("--author", default="not stated", help="who trains it")
    command.add_argument("--licence", help="of the model (the manifest's)")
    command.add_argument("--about", default="", metavar="TEXT", help="a short text for the player")
    command.add_argument("--trained-on", help="the recordings: what, whose, under which licence (the manifest's)")


def _add_evaluate(commands: argparse._SubParsersAction) -> None:
    evaluate = commands.add_parser(
        "evaluate", help="judge a model on held-out recordings, beside baselines (needs no PyTorch)"
    )
    evaluate.add_argument("model", metavar="MODEL.onnx", type=Path)
    evaluate.add_argument(
        "--audio", required=True, type=Path, metavar="ROOT", help="folder with manifest.csv, or trained on"
    )
    evaluate.add_argument("--instrument", help="the manifest's name of it (the training record's)")
    evaluate.add_argument("--cache", type=Path, metavar="DIR", help="keep features here")
    evaluate.add_argument("--card", action="store_true", help="write the figures into CARD.md beside the model")
    evaluate.set_defaults(command=run_evaluate_command)


def _add_report(commands: argparse._SubParsersAction) -> None:
    from timbrel_kit.report_command import DEFAULT_CACHE, DEFAULT_PAGE

    report = commands.add_parser(
        "report",
        help="judge all instruments beside a sampler and write models/REPORT.md (needs no PyTorch)",
        description="Judges models on the recordings that their training has not heard, beside a sampler, a fixed "
        "spectrum and a network that several instruments share. What was measured once is kept in --cache.",
    )
    report.add_argument("models", metavar="MODEL.onnx", nargs="*", type=Path, help="(all of models/instruments)")
    report.add_argument("--audio", required=True, type=Path, metavar="ROOT", help="folder with manifest.csv")
    report.add_argument("--shared", type=Path, metavar="MODEL.onnx", help="a model that train-shared wrote")
    report.add_argument("--out", type=Path, default=DEFAULT_PAGE, metavar="FILE.md", help="(models/REPORT.md)")
    report.add_argument("--cache", type=Path, default=DEFAULT_CACHE, metavar="DIR", help="(target/report-cache)")
    report.set_defaults(command=run_report_command)


def _add_perform(commands: argparse._SubParsersAction) -> None:
    perform = commands.add_parser(
        "perform",
        help="learn how an instrument's notes were played, into a finished model (train does so at its end)",
        description="Adds a learned performance, a gain and tilts to a model file: how its players shape loudness and "
        "pitch, what makes it as loud as other instruments, and louder notes brighter. The decoder stays as it is.",
    )
    perform.add_argument("model", metavar="MODEL.onnx", type=Path)
    perform.add_argument(
        "--audio", required=True, type=Path, metavar="ROOT", help="folder with manifest.csv, or trained on"
    )
    perform.add_argument("--instrument", help="the manifest's name of it (the training record's)")
    perform.add_argument("--cache", type=Path, metavar="DIR", help="keep features here")
    perform.set_defaults(command=run_perform_command)


def _add_import(commands: argparse._SubParsersAction) -> None:
    importing = commands.add_parser("import", help="turn a published checkpoint into a model (needs no PyTorch)")
    kinds = importing.add_subparsers(required=True, metavar="KIND")
    nws = kinds.add_parser(
        "nws",
        help="a checkpoint of Neural Waveshaping Synthesis",
        description="Turns a checkpoint of Neural Waveshaping Synthesis (Hayes, Saitis, Fazekas, ISMIR 2021) with its "
        "statistics, data_mean.npy and data_std.npy, into a Timbrel model and its parity file.",
    )
    nws.add_argument("source", metavar="CHECKPOINT_FOLDER", type=Path, help="the folder of both, or the .ckpt itself")
    nws.add_argument("-o", "--out", required=True, type=Path, metavar="FILE.onnx", help="the model to write")
    nws.add_argument("--name", help="what the player sees (the folder's name)")
    nws.add_argument("--author", help="who trained it (not stated)")
    nws.add_argument("--licence", help="of the checkpoint (the first line of a LICENSE beside it)")
    nws.add_argument("--seed", type=within(0, 2**63 - 1), default=1, help="draws the exciter's phases (1)")
    nws.set_defaults(command=run_import_command)
