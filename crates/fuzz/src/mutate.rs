//! What is done to good bytes: flipped bits, edges written over words, pieces cut, doubled, moved and made up.

use commonbook_journal::random::Random;

const EDGES: [u64; 8] = [0, 1, 0x7F, 0xFF, 0xFFFF, 0xFFFF_FFFF, 1 << 63, u64::MAX];

/// Some changes, mostly few; now and then none, so that what is good stays accepted.
pub fn mutate(bytes: &mut Vec<u8>, random: &mut Random) {
    if random.one_in(50) {
        let length = random.index(512);
        *bytes = (0..length).map(|_| random.byte()).collect();
        return;
    }
    for _ in 0..[0, 1, 1, 1, 2, 4, 16][random.index(7)] {
        once(bytes, random);
    }
}

fn once(bytes: &mut Vec<u8>, random: &mut Random) {
    let at = random.index(bytes.len());
    let length = (1 + random.index(16)).min(bytes.len() - at.min(bytes.len()));
    match random.index(8) {
        0 | 1 => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= 1 << random.index(8);
            }
        }
        2 => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte = random.byte();
            }
        }
        3 => {
            // Words stand at multiples of 4 in all that is ours.
            let edge = EDGES[random.index(EDGES.len())].to_le_bytes();
            let place = at / 4 * 4;
            for (byte, value) in bytes.iter_mut().skip(place).zip(&edge[..[4, 8][random.index(2)]]) {
                *byte = *value;
            }
        }
        4 => bytes.truncate(at),
        5 => drop(bytes.drain(at..at + length)),
        6 => {
            let piece: Vec<u8> = bytes[at..at + length].to_vec();
            let to = random.index(bytes.len());
            bytes.splice(to..to, piece);
        }
        _ => {
            let made_up: Vec<u8> = (0..length).map(|_| random.byte()).collect();
            bytes.splice(at..at, made_up);
        }
    }
}
