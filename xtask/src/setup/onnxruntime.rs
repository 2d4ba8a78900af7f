//! The ONNX Runtime library, out of the wheel that `onnxruntime.toml` pins for this machine.
//! Main thread.
//! A wheel whose SHA-256 is not the pinned one is never unpacked (test: `a_wheel_that_differs_is_refused`).

use crate::places::{Execution, Places};
use crate::process;
use crate::setup::python;
use anyhow::{Context, Result, bail};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

const PINS: &str = include_str!("../../onnxruntime.toml");

#[derive(Deserialize)]
struct Pins {
    python: String,
    wheel: Vec<Wheel>,
}

/// One pinned wheel.
#[derive(Deserialize, Clone)]
struct Wheel {
    execution: Execution,
    os: String,
    arch: String,
    package: String,
    version: String,
    tag: String,
    sha256: String,
}

/// Fetches the library where it is missing or another version is pinned now. Gives the library's path.
pub fn ensure(places: &Places, execution: Execution) -> Result<PathBuf> {
    let pins: Pins = toml::from_str(PINS).context("xtask/onnxruntime.toml is not what it should be")?;
    let wheel = choose(&pins.wheel, execution, std::env::consts::OS, std::env::consts::ARCH)?;
    let folder = places.onnxruntime(execution);
    let stamp = folder.join("wheel.sha256");
    if fs::read_to_string(&stamp).is_ok_and(|found| found == wheel.sha256) {
        return library(&folder);
    }
    python::ensure_venv(places)?;
    let download = places.target().join("onnxruntime").join("download");
    let _ = fs::remove_dir_all(&download);
    fs::create_dir_all(&download).with_context(|| format!("cannot make {}", download.display()))?;
    let title = format!("ONNX Runtime {} ({})", wheel.version, execution.word());
    let mut command = python::pip(places);
    command
        .args(["download", "--no-deps", "--only-binary=:all:"])
        .args(["--platform", &wheel.tag, "--python-version", &pins.python])
        .arg("--dest")
        .arg(&download)
        .arg(format!("{}=={}", wheel.package, wheel.version));
    process::run_quiet(&title, &places.logs(), &mut command)?;
    let file = only_file(&download)?;
    verify(&file, &wheel.sha256)?;
    let _ = fs::remove_dir_all(&folder);
    unpack(&file, &folder)?;
    let _ = fs::remove_dir_all(&download);
    let library = library(&folder)?;
    fs::write(&stamp, &wheel.sha256).with_context(|| format!("cannot write {}", stamp.display()))?;
    Ok(library)
}

/// The main library of an unpacked folder (its providers lie beside it).
pub fn library(folder: &Path) -> Result<PathBuf> {
    let entries = fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let main = entries.flatten().map(|entry| entry.path()).find(|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        is_library(&name) && !name.contains("providers")
    });
    main.with_context(|| format!("{} holds no ONNX Runtime library", folder.display()))
}

fn choose(wheels: &[Wheel], execution: Execution, os: &str, arch: &str) -> Result<Wheel> {
    let fits = |wheel: &&Wheel| wheel.execution == execution && wheel.os == os && wheel.arch == arch;
    match wheels.iter().find(fits) {
        Some(wheel) => Ok(wheel.clone()),
        None => bail!("there is no ONNX Runtime ({}) for {os} on {arch} in xtask/onnxruntime.toml", execution.word()),
    }
}

fn only_file(folder: &Path) -> Result<PathBuf> {
    let mut entries = fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let file = entries.next().context("pip said that it downloaded the wheel, but there is none")??;
    Ok(file.path())
}

fn verify(file: &Path, expected: &str) -> Result<()> {
    let mut source = fs::File::open(file).with_context(|| format!("cannot read {}", file.display()))?;
    let mut hash = Sha256::new();
    io::copy(&mut source, &mut HashWriter(&mut hash)).with_context(|| format!("cannot read {}", file.display()))?;
    let found = python::hex(&hash.finalize());
    if found != expected {
        bail!("{} is not the pinned file: its SHA-256 is {found}, expected {expected}", file.display());
    }
    Ok(())
}

/// `io::copy` into a hash, whatever traits the hash crate has of its own.
struct HashWriter<'a>(&'a mut Sha256);

impl io::Write for HashWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Takes the libraries and the licences out of a wheel, flat.
fn unpack(wheel: &Path, folder: &Path) -> Result<()> {
    let source = fs::File::open(wheel).with_context(|| format!("cannot read {}", wheel.display()))?;
    let mut archive = zip::ZipArchive::new(source).with_context(|| format!("{} is not a wheel", wheel.display()))?;
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).with_context(|| format!("{} is damaged", wheel.display()))?;
        let name = entry.name().with_context(|| format!("{} is damaged", wheel.display()))?.into_owned();
        let Some(wanted) = wanted(&name) else { continue };
        let path = folder.join(wanted);
        let mut target = fs::File::create(&path).with_context(|| format!("cannot write {}", path.display()))?;
        io::copy(&mut entry, &mut target).with_context(|| format!("cannot unpack {name} to {}", path.display()))?;
    }
    Ok(())
}

/// The file name under which an entry of the wheel is kept, if it is.
fn wanted(entry: &str) -> Option<&str> {
    if let Some(name) = entry.strip_prefix("onnxruntime/capi/") {
        // TensorRT is a provider that Timbrel does not use.
        return (is_library(name) && !name.contains("tensorrt")).then_some(name);
    }
    let name = entry.strip_prefix("onnxruntime/")?;
    ["LICENSE", "ThirdPartyNotices.txt"].contains(&name).then_some(name)
}

fn is_library(name: &str) -> bool {
    let own = name.starts_with("libonnxruntime") || (name.starts_with("onnxruntime") && name.ends_with(".dll"));
    own && !name.contains('/') && (name.contains(".so") || name.ends_with(".dylib") || name.ends_with(".dll"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_wheel_is_pinned() {
        let pins: Pins = toml::from_str(PINS).unwrap();
        for wheel in &pins.wheel {
            assert_eq!(wheel.sha256.len(), 64, "{}", wheel.tag);
            assert!(wheel.sha256.bytes().all(|byte| byte.is_ascii_hexdigit()), "{}", wheel.tag);
        }
        for (os, arch) in [("linux", "x86_64"), ("linux", "aarch64"), ("macos", "aarch64"), ("windows", "x86_64")] {
            choose(&pins.wheel, Execution::Cpu, os, arch).unwrap();
        }
        assert!(choose(&pins.wheel, Execution::Cuda, "macos", "aarch64").is_err());
    }

    #[test]
    fn a_wheel_that_differs_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("onnxruntime.whl");
        fs::write(&file, "not the wheel").unwrap();
        let error = verify(&file, &"0".repeat(64)).unwrap_err().to_string();
        assert!(error.contains("is not the pinned file"), "{error}");
    }

    #[test]
    fn libraries_and_licences_are_taken_from_a_wheel() {
        let wheel = [
            ("onnxruntime/capi/libonnxruntime.so.1.31.1", Some("libonnxruntime.so.1.31.1")),
            ("onnxruntime/capi/libonnxruntime_providers_cuda.so", Some("libonnxruntime_providers_cuda.so")),
            ("onnxruntime/capi/libonnxruntime_providers_tensorrt.so", None),
            ("onnxruntime/capi/onnxruntime_pybind11_state.cpython-311-x86_64-linux-gnu.so", None),
            ("onnxruntime/capi/libonnxruntime.1.31.1.dylib", Some("libonnxruntime.1.31.1.dylib")),
            ("onnxruntime/capi/onnxruntime_pybind11_state.so", None),
            ("onnxruntime/capi/onnxruntime.dll", Some("onnxruntime.dll")),
            ("onnxruntime/LICENSE", Some("LICENSE")),
            ("onnxruntime/capi/__init__.py", None),
            ("onnxruntime-1.31.1.dist-info/RECORD", None),
        ];
        for (entry, expected) in wheel {
            assert_eq!(wanted(entry), expected, "{entry}");
        }
    }
}
