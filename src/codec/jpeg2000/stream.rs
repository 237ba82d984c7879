//! Memory as a stream of openjp2: its streams take C callbacks only, so this is the one place with `unsafe` in the codecs.
#![allow(unsafe_code)]

use openjp2::Stream;
use openjp2::openjpeg::{
    opj_stream_set_read_function, opj_stream_set_seek_function, opj_stream_set_skip_function, opj_stream_set_user_data,
    opj_stream_set_user_data_length, opj_stream_set_write_function, opj_stream_t,
};
use std::ffi::c_void;
use std::sync::{Arc, Mutex, PoisonError};

const BUFFER: usize = 1 << 16;

/// Bytes and the position in them, shared between a stream and its maker.
#[derive(Debug, Default)]
struct Memory {
    bytes: Vec<u8>,
    at: usize,
}

type Shared = Arc<Mutex<Memory>>;

/// The bytes that a stream was made with or that were written to it.
#[derive(Debug)]
pub(super) struct Bytes(Shared);

impl Bytes {
    /// Takes the bytes; to be called when the stream is gone.
    pub fn take(self) -> Vec<u8> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner).bytes)
    }
}

/// Runs `act` on the memory behind `data`.
///
/// # Safety
/// `data` must be what [`attach`] gave to the stream, and the stream must not have freed it yet.
unsafe fn with<T>(data: *mut c_void, act: impl FnOnce(&mut Memory) -> T) -> T {
    // SAFETY: the caller vouches that `data` points to the `Shared` that `attach` leaked for the stream.
    let shared = unsafe { &*data.cast::<Shared>() };
    act(&mut shared.lock().unwrap_or_else(PoisonError::into_inner))
}

extern "C" fn free(data: *mut c_void) {
    // SAFETY: `attach` made `data` by `Box::into_raw` of a `Shared`; the stream calls this once, when it is dropped.
    drop(unsafe { Box::from_raw(data.cast::<Shared>()) });
}

extern "C" fn read(buffer: *mut c_void, length: usize, data: *mut c_void) -> usize {
    if buffer.is_null() || length == 0 {
        return usize::MAX;
    }
    // SAFETY: openjp2 gives a buffer of `length` bytes that is its own and initialised (it comes from a `BufReader`).
    let out = unsafe { std::slice::from_raw_parts_mut(buffer.cast::<u8>(), length) };
    // SAFETY: the stream calls back with the data that `attach` gave to it.
    unsafe {
        with(data, |memory| {
            let rest = memory.bytes.get(memory.at..).unwrap_or(&[]);
            let count = rest.len().min(out.len());
            if count == 0 {
                return usize::MAX;
            }
            let (head, _) = out.split_at_mut(count);
            head.copy_from_slice(rest.split_at(count).0);
            memory.at += count;
            count
        })
    }
}

extern "C" fn write(buffer: *mut c_void, length: usize, data: *mut c_void) -> usize {
    if buffer.is_null() || length == 0 {
        return 0;
    }
    // SAFETY: openjp2 gives `length` initialised bytes to write.
    let input = unsafe { std::slice::from_raw_parts(buffer.cast::<u8>().cast_const(), length) };
    // SAFETY: the stream calls back with the data that `attach` gave to it.
    unsafe {
        with(data, |memory| {
            let end = memory.at.saturating_add(length);
            if memory.bytes.len() < end {
                memory.bytes.resize(end, 0);
            }
            if let Some(place) = memory.bytes.get_mut(memory.at..end) {
                place.copy_from_slice(input);
            }
            memory.at = end;
            length
        })
    }
}

extern "C" fn skip(count: i64, data: *mut c_void) -> i64 {
    // SAFETY: the stream calls back with the data that `attach` gave to it.
    unsafe {
        with(data, |memory| match usize::try_from(count).ok().and_then(|count| memory.at.checked_add(count)) {
            Some(at) if at <= memory.bytes.len() => {
                memory.at = at;
                count
            }
            _ => -1,
        })
    }
}

extern "C" fn seek(position: i64, data: *mut c_void) -> i32 {
    // SAFETY: the stream calls back with the data that `attach` gave to it.
    unsafe {
        with(data, |memory| match usize::try_from(position) {
            Ok(at) if at <= memory.bytes.len() => {
                memory.at = at;
                1
            }
            _ => 0,
        })
    }
}

fn attach(bytes: Vec<u8>, input: bool) -> (Stream, Bytes) {
    let length = bytes.len() as u64;
    let shared: Shared = Arc::new(Mutex::new(Memory { bytes, at: 0 }));
    let data = Box::into_raw(Box::new(Arc::clone(&shared))).cast::<c_void>();
    let mut stream = Stream::new_custom(BUFFER, input);
    let handle: *mut opj_stream_t = (&raw mut stream).cast();
    // SAFETY: `handle` points to a live `Stream`, which is what these functions expect behind it; `data` stays valid until
    // the stream calls `free`, which happens when it is dropped; the callbacks hold the contracts of opj_stream_set_*.
    unsafe {
        opj_stream_set_user_data(handle, data, Some(free));
        opj_stream_set_skip_function(handle, Some(skip));
        opj_stream_set_seek_function(handle, Some(seek));
        if input {
            opj_stream_set_read_function(handle, Some(read));
            opj_stream_set_user_data_length(handle, length);
        } else {
            opj_stream_set_write_function(handle, Some(write));
        }
    }
    (stream, Bytes(shared))
}

/// A stream that reads `bytes`.
pub(super) fn reader(bytes: &[u8]) -> Stream {
    attach(bytes.to_vec(), true).0
}

/// A stream to write to, and where its bytes end up.
pub(super) fn writer() -> (Stream, Bytes) {
    attach(Vec::new(), false)
}
