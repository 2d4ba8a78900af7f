//! A stand-in for the MTS-ESP library, for `tests/tests/clap_mts_esp.rs`: the functions that clients call and those that a
//! master calls, over tables in this library. Not a part of Timbrel's packages.
//! Any thread, as with the real one.

use std::ffi::{CStr, c_char, c_int};
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU8, AtomicU16, AtomicU64, Ordering::SeqCst};

const KEYS: usize = 128;
const CHANNELS: usize = 16;
const NAME: usize = 64;

/// Frequencies in hertz, by their bits.
type Table = [AtomicU64; KEYS];

static CLIENTS: AtomicI32 = AtomicI32::new(0);
static HAS_MASTER: AtomicBool = AtomicBool::new(false);
static TABLE: Table = [const { AtomicU64::new(0) }; KEYS];
static CHANNEL_TABLES: [Table; CHANNELS] = [const { [const { AtomicU64::new(0) }; KEYS] }; CHANNELS];
/// By key, a bit for each channel.
static FILTERED: [AtomicU16; KEYS] = [const { AtomicU16::new(0) }; KEYS];
static FILTERED_OF_CHANNEL: [AtomicU16; KEYS] = [const { AtomicU16::new(0) }; KEYS];
static USED_CHANNELS: AtomicU16 = AtomicU16::new(0);
/// Ends with a zero.
static SCALE_NAME: [AtomicU8; NAME] = [const { AtomicU8::new(0) }; NAME];

fn bit(channel: i8) -> u16 {
    if (0..CHANNELS as i8).contains(&channel) { 1 << channel } else { u16::MAX }
}

fn key(key: c_char) -> usize {
    key as usize % KEYS
}

fn set(word: &AtomicU16, bits: u16, on: bool) {
    if on {
        word.fetch_or(bits, SeqCst)
    } else {
        word.fetch_and(!bits, SeqCst)
    };
}

/// # Safety
/// `hertz` points to 128 numbers.
unsafe fn fill(table: &Table, hertz: *const f64) {
    for (index, slot) in table.iter().enumerate() {
        // SAFETY: by the contract above.
        slot.store(unsafe { hertz.add(index).read() }.to_bits(), SeqCst);
    }
}

// What clients call.

#[unsafe(no_mangle)]
extern "C" fn MTS_RegisterClient() {
    CLIENTS.fetch_add(1, SeqCst);
}

#[unsafe(no_mangle)]
extern "C" fn MTS_DeregisterClient() {
    CLIENTS.fetch_sub(1, SeqCst);
}

#[unsafe(no_mangle)]
extern "C" fn MTS_HasMaster() -> bool {
    HAS_MASTER.load(SeqCst)
}

#[unsafe(no_mangle)]
extern "C" fn MTS_GetTuningTable() -> *const f64 {
    TABLE.as_ptr().cast()
}

#[unsafe(no_mangle)]
extern "C" fn MTS_GetMultiChannelTuningTable(channel: i8) -> *const f64 {
    CHANNEL_TABLES[channel as usize % CHANNELS].as_ptr().cast()
}

#[unsafe(no_mangle)]
extern "C" fn MTS_UseMultiChannelTuning(channel: i8) -> bool {
    (0..CHANNELS as i8).contains(&channel) && USED_CHANNELS.load(SeqCst) & bit(channel) != 0
}

/// Without a channel: whether any filters the key.
#[unsafe(no_mangle)]
extern "C" fn MTS_ShouldFilterNote(note: c_char, channel: i8) -> bool {
    FILTERED[key(note)].load(SeqCst) & bit(channel) != 0
}

#[unsafe(no_mangle)]
extern "C" fn MTS_ShouldFilterNoteMultiChannel(note: c_char, channel: i8) -> bool {
    FILTERED_OF_CHANNEL[key(note)].load(SeqCst) & bit(channel) != 0
}

#[unsafe(no_mangle)]
extern "C" fn MTS_GetScaleName() -> *const c_char {
    SCALE_NAME.as_ptr().cast()
}

// What a master calls.

#[unsafe(no_mangle)]
extern "C" fn MTS_RegisterMaster() {
    HAS_MASTER.store(true, SeqCst);
}

#[unsafe(no_mangle)]
extern "C" fn MTS_DeregisterMaster() {
    HAS_MASTER.store(false, SeqCst);
    USED_CHANNELS.store(0, SeqCst);
    MTS_ClearNoteFilter();
    FILTERED_OF_CHANNEL.iter().for_each(|word| word.store(0, SeqCst));
}

#[unsafe(no_mangle)]
extern "C" fn MTS_GetNumClients() -> c_int {
    CLIENTS.load(SeqCst)
}

/// # Safety
/// `hertz` points to 128 numbers.
#[unsafe(no_mangle)]
unsafe extern "C" fn MTS_SetNoteTunings(hertz: *const f64) {
    // SAFETY: by the contract above.
    unsafe { fill(&TABLE, hertz) }
}

/// # Safety
/// `name` is a string with an end.
#[unsafe(no_mangle)]
unsafe extern "C" fn MTS_SetScaleName(name: *const c_char) {
    // SAFETY: by the contract above.
    let name = unsafe { CStr::from_ptr(name) }.to_bytes();
    for (index, slot) in SCALE_NAME.iter().take(NAME - 1).enumerate() {
        slot.store(name.get(index).copied().unwrap_or(0), SeqCst);
    }
}

#[unsafe(no_mangle)]
extern "C" fn MTS_FilterNote(on: bool, note: c_char, channel: i8) {
    set(&FILTERED[key(note)], bit(channel), on);
}

#[unsafe(no_mangle)]
extern "C" fn MTS_ClearNoteFilter() {
    FILTERED.iter().for_each(|word| word.store(0, SeqCst));
}

#[unsafe(no_mangle)]
extern "C" fn MTS_SetMultiChannel(on: bool, channel: i8) {
    set(&USED_CHANNELS, bit(channel), on);
}

/// # Safety
/// `hertz` points to 128 numbers.
#[unsafe(no_mangle)]
unsafe extern "C" fn MTS_SetMultiChannelNoteTunings(hertz: *const f64, channel: i8) {
    // SAFETY: by the contract above.
    unsafe { fill(&CHANNEL_TABLES[channel as usize % CHANNELS], hertz) }
}

#[unsafe(no_mangle)]
extern "C" fn MTS_FilterNoteMultiChannel(on: bool, note: c_char, channel: i8) {
    set(&FILTERED_OF_CHANNEL[key(note)], bit(channel), on);
}
