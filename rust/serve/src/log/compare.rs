//! Long values are listed before they are compared with their checksums. They are compared when there is time, and before
//! one is sent.

use std::sync::Arc;

use rayon::prelude::*;
use tensorbolt::reader::{Unchecked, is_whole};

use super::{Known, Log, locked};

/// Bytes that are compared between two looks at whether someone waits.
const ROUND_BYTES: u64 = 64 << 20;
/// Bytes that a thread compares with the file open.
const PIECE_BYTES: u64 = 8 << 20;

/// What a round of comparing left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Left {
    /// There is more to compare.
    More,
    /// Everything is compared.
    Nothing,
    /// A file has to be read again, because a part of it is damaged.
    Damage,
}

/// Payloads of a file.
struct Piece {
    known: Known,
    payloads: Vec<Unchecked>,
    is_whole: bool,
}

impl Piece {
    fn compare(&mut self) {
        let origin = locked(&self.known.file).input().origin.clone();
        let Ok(source) = origin.open() else {
            // It is gone, or cannot be read now: that is for the next look, and for the call that asks for a value.
            self.payloads.clear();
            return;
        };
        let mut payloads = self.payloads.iter();
        self.is_whole =
            payloads.all(|one| is_whole(&*source, one.offset, one.length as usize).unwrap_or(true));
    }
}

impl Log {
    /// Compares some of the payloads that were not compared when they were read.
    pub fn compare(&mut self) -> Left {
        let mut pieces = self.pieces();
        if pieces.is_empty() {
            return Left::Nothing;
        }
        match &self.pool {
            Some(pool) => pool.install(|| pieces.par_iter_mut().for_each(Piece::compare)),
            None => pieces.iter_mut().for_each(Piece::compare),
        }
        if pieces.iter().all(|piece| piece.payloads.is_empty()) {
            return Left::Nothing;
        }
        let mut left = Left::Nothing;
        for run in self.runs.values_mut() {
            for known in run.files.values_mut() {
                let is_of = |piece: &&Piece| Arc::ptr_eq(&piece.known.file, &known.file);
                let of = || pieces.iter().filter(is_of);
                let count = of().map(|piece| piece.payloads.len()).sum();
                let is_whole = of().all(|piece| piece.is_whole);
                let mut file = locked(&known.file);
                if count > 0 {
                    file.compared(count, is_whole);
                    run.is_changed = true;
                }
                if !is_whole {
                    known.read = None;
                    left = Left::Damage;
                } else if left == Left::Nothing && !file.unchecked.is_empty() {
                    left = Left::More;
                }
            }
        }
        left
    }

    /// The first payloads to compare, in the order of their files.
    fn pieces(&self) -> Vec<Piece> {
        let (mut pieces, mut bytes) = (Vec::new(), 0);
        let files = self.runs.values().flat_map(|run| run.files.values());
        for known in files {
            let mut in_piece = u64::MAX;
            for &payload in &locked(&known.file).unchecked {
                if bytes >= ROUND_BYTES {
                    return pieces;
                }
                if in_piece >= PIECE_BYTES {
                    pieces.push(Piece {
                        known: known.clone(),
                        payloads: Vec::new(),
                        is_whole: true,
                    });
                    in_piece = 0;
                }
                if let Some(piece) = pieces.last_mut() {
                    piece.payloads.push(payload);
                }
                in_piece += u64::from(payload.length);
                bytes += u64::from(payload.length);
            }
        }
        pieces
    }
}
