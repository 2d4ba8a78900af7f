//! Where things lie in a checkout: the one place in xtask that knows the folders.
//! Main thread.
//! What is downloaded or made lies under `<root>/target`, wherever cargo puts its own outputs.

use anyhow::{Context, Result};
use std::path::{Path, PathBuf};

/// Which build of ONNX Runtime.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Execution {
    /// For any machine.
    Cpu,
    /// For NVIDIA GPUs; falls back to the CPU.
    Cuda,
}

impl Execution {
    /// The word used for folders and in `onnxruntime.toml`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Cpu => "cpu",
            Self::Cuda => "cuda",
        }
    }
}

/// The folders of one checkout.
pub struct Places {
    root: PathBuf,
    cargo_target: PathBuf,
    started_in: PathBuf,
}

impl Places {
    /// Asks cargo, and makes the checkout's root the working directory.
    pub fn find() -> Result<Self> {
        let manifest = std::env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        let metadata =
            cargo_metadata::MetadataCommand::new().current_dir(&manifest).no_deps().exec().context(
                "cargo cannot describe the workspace; run xtask as `cargo xtask` inside a checkout of Timbrel",
            )?;
        let root = metadata.workspace_root.into_std_path_buf();
        let started_in = std::env::current_dir().context("the folder that xtask was started in is gone")?;
        std::env::set_current_dir(&root).with_context(|| format!("cannot enter {}", root.display()))?;
        Ok(Self { root, cargo_target: metadata.target_directory.into_std_path_buf(), started_in })
    }

    /// The checkout.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// A path as the user typed it, relative to the folder that xtask was started in.
    pub fn typed(&self, path: &Path) -> PathBuf {
        self.started_in.join(path)
    }

    /// Where cargo builds.
    pub fn cargo_target(&self) -> &Path {
        &self.cargo_target
    }

    /// Where xtask downloads and makes things.
    pub fn target(&self) -> PathBuf {
        self.root.join("target")
    }

    /// The packaged plugins.
    pub fn bundled(&self) -> PathBuf {
        self.target().join("bundled")
    }

    /// The ONNX Runtime library and its licences.
    pub fn onnxruntime(&self, execution: Execution) -> PathBuf {
        self.target().join("onnxruntime").join(execution.word())
    }

    /// The virtual environment of the Python tools.
    pub fn venv(&self) -> PathBuf {
        self.target().join("python")
    }

    /// The Python of the virtual environment.
    pub fn python(&self) -> PathBuf {
        self.venv_program("python")
    }

    /// A program of the virtual environment.
    pub fn venv_program(&self, name: &str) -> PathBuf {
        if cfg!(windows) {
            self.venv().join("Scripts").join(format!("{name}.exe"))
        } else {
            self.venv().join("bin").join(name)
        }
    }

    /// The kit, and the shipped instruments in it.
    pub fn models(&self) -> PathBuf {
        self.root.join("models")
    }

    /// Golden vectors that the kit writes for the engine's tests.
    pub fn golden(&self) -> PathBuf {
        self.target().join("golden")
    }

    /// The pictures of the documents.
    pub fn pictures(&self) -> PathBuf {
        self.root.join("assets").join("pictures")
    }

    /// What the window tests saw.
    pub fn editor_pictures(&self) -> PathBuf {
        self.target().join("editor")
    }

    /// Models imported for the engine's tests.
    pub fn interop(&self) -> PathBuf {
        self.target().join("interop")
    }

    /// Checkpoints of others, beside the checkout or where `TIMBREL_INTEROP` says; the folder may be missing.
    pub fn shared_interop(&self) -> PathBuf {
        std::env::var_os("TIMBREL_INTEROP")
            .map_or_else(|| self.root.join("..").join("shared").join("interop"), |given| self.typed(Path::new(&given)))
    }

    /// Output of the last run of each quiet step.
    pub fn logs(&self) -> PathBuf {
        self.target().join("log")
    }

    /// Where the plugin looks for the player's own instruments.
    pub fn user_models(&self) -> Result<PathBuf> {
        let data = dirs::data_dir().context("this account has no data folder (is HOME set?)")?;
        Ok(data.join("Timbrel").join("models"))
    }
}
