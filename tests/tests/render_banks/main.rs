//! What the banks promise, measured on their sound through the public surface of `timbrel_engine::render`.

mod blocks;
mod clicks;
mod golden;
mod levels;
mod noise;
mod pitch;
mod room;
mod spectrum;
mod stage;
