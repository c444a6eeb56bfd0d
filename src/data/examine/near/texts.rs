//! Texts that are nearly equal. Case, blanks and punctuation are put aside first; what is then
//! the same is nearly equal. Longer texts are compared by their shingles, all pieces of five
//! characters: candidates come from MinHash sketches (Broder 1997; one permutation with empty
//! places filled from the next, Shrivastava and Li 2014) that agree in one band, and a pair is
//! taken when the shared shingles are nine tenths of all (Jaccard). One word is enough to
//! keep short texts apart.

use super::{STAGES, Sets};
use crate::data::meter::Meter;
use crate::data::parallel::in_parallel;
use crate::data::{DataError, Progress, Texts};

/// Characters of a shingle.
const SHINGLE: usize = 5;
/// Share of shingles that two texts must have in common.
const SHARED: f64 = 0.9;
/// Fewer shingles than this never share so many with others, unless nearly all is the same.
const LEAST: usize = 64;
/// Numbers of a sketch; a power of two.
const SKETCH: usize = 64;
/// Bands of a sketch, and numbers of each: two texts that share nine tenths agree in one of
/// the bands in 999 of 1000 cases, `1 - (1 - 0.9^6)^10`.
const BANDS: usize = 10;
const ROWS: usize = 6;
/// Numbers of two sketches that agree, at least, before the texts themselves are compared.
const AGREEING: usize = SKETCH * 3 / 4;
/// Different texts that the others of a band are compared with.
const LEADERS: usize = 4;
/// Texts that a thread takes at a time.
const STRETCH: usize = 256;

/// A text made comparable.
struct Seen {
    /// A hash of what is left of it; `None` of nothing.
    hash: Option<[u8; 16]>,
    /// `None` of short texts.
    sketch: Option<Box<[u16; SKETCH]>>,
}

/// Joins the numbers of texts that are nearly equal; number `i` is text `chosen[i]`.
pub fn join(texts: &Texts, chosen: &[u32], sets: &mut Sets, progress: Progress<'_>) -> Result<(), DataError> {
    let stretches: Vec<&[u32]> = chosen.chunks(STRETCH).collect();
    let seen: Vec<Seen> = in_parallel(stretches.len(), STAGES[0], progress, |at| {
        Ok(stretches[at].iter().map(|sample| Seen::of(texts.get(*sample as usize))).collect::<Vec<_>>())
    })?
    .into_iter()
    .flatten()
    .collect();
    let mut order: Vec<u32> =
        (0u32..).take(seen.len()).filter(|at| seen[*at as usize].hash.is_some()).collect();
    order.sort_by_key(|at| seen[*at as usize].hash);
    for run in order.chunk_by(|a, b| seen[*a as usize].hash == seen[*b as usize].hash) {
        run.iter().skip(1).for_each(|other| sets.join(run[0], *other));
    }
    let meter = Meter::new(progress, STAGES[1], BANDS as u64);
    let shingles = |at: u32| shingles(&bare(texts.get(chosen[at as usize] as usize)));
    for band in 0..BANDS {
        meter.add(0)?;
        let key = |at: &u32| {
            let sketch = seen[*at as usize].sketch.as_ref()?;
            sketch.get(band * ROWS..(band + 1) * ROWS)
        };
        order.retain(|at| seen[*at as usize].sketch.is_some());
        order.sort_unstable_by_key(|at| (key(at), *at));
        for run in order.chunk_by(|a, b| key(a) == key(b)).filter(|run| run.len() > 1) {
            let mut leaders: Vec<(u32, Option<Vec<u64>>)> = Vec::new();
            for (place, at) in run.iter().enumerate() {
                if place % STRETCH == STRETCH - 1 {
                    meter.add(0)?;
                }
                let mut own = None;
                let known = leaders.iter_mut().any(|(leader, theirs)| {
                    if sets.together(*leader, *at) {
                        return true;
                    }
                    if !alike(&seen[*leader as usize], &seen[*at as usize]) {
                        return false;
                    }
                    let theirs = theirs.get_or_insert_with(|| shingles(*leader));
                    let joined = jaccard(theirs, own.get_or_insert_with(|| shingles(*at))) >= SHARED;
                    if joined {
                        sets.join(*leader, *at);
                    }
                    joined
                });
                if !known && leaders.len() < LEADERS {
                    leaders.push((*at, own));
                }
            }
        }
        meter.add(1)?;
    }
    Ok(())
}

impl Seen {
    fn of(text: &str) -> Self {
        let bare = bare(text);
        let mut hash = [0u8; 16];
        hash.copy_from_slice(&blake3::hash(bare.as_bytes()).as_bytes()[..16]);
        let sketch = (bare.chars().count() >= LEAST).then(|| Box::new(sketch(&hashes(&bare))));
        Self { hash: (!bare.is_empty()).then_some(hash), sketch }
    }
}

/// Whether sketches agree so far that the texts are worth comparing.
fn alike(a: &Seen, b: &Seen) -> bool {
    let (Some(a), Some(b)) = (&a.sketch, &b.sketch) else { return false };
    a.iter().zip(b.iter()).filter(|(a, b)| a == b).count() >= AGREEING
}

/// A text without case and punctuation; one blank between words, none beside characters of
/// scripts that write without blanks. Signs such as emoji stay: they may be what matters.
fn bare(text: &str) -> String {
    let mut bare = String::with_capacity(text.len());
    let (mut gap, mut last_alone) = (false, true);
    for character in text.chars() {
        if character.is_whitespace() || is_punctuation(character) || character.is_control() {
            gap = true;
            continue;
        }
        let alone = writes_without_blanks(character);
        if gap && !alone && !last_alone {
            bare.push(' ');
        }
        bare.extend(character.to_lowercase());
        (gap, last_alone) = (false, alone);
    }
    bare
}

/// ASCII, general, Chinese and full-width punctuation.
fn is_punctuation(character: char) -> bool {
    character.is_ascii_punctuation()
        || !character.is_alphanumeric()
            && matches!(u32::from(character),
                0x00a0..=0x00bf | 0x2000..=0x206f | 0x2e00..=0x2e7f | 0x3000..=0x303f | 0x30fb
                | 0xfe10..=0xfe1f | 0xfe30..=0xfe6f | 0xff01..=0xff65)
}

fn writes_without_blanks(character: char) -> bool {
    matches!(u32::from(character),
        0x0e00..=0x0eff | 0x1000..=0x109f | 0x1780..=0x17ff | 0x3040..=0x30ff | 0x3400..=0x4dbf
        | 0x4e00..=0x9fff | 0xf900..=0xfaff | 0x20000..=0x3ffff)
}

/// Hashes of a text's shingles, sorted, each once.
fn shingles(bare: &str) -> Vec<u64> {
    let mut hashes = hashes(bare);
    hashes.sort_unstable();
    hashes.dedup();
    hashes
}

/// Hashes of a text's shingles as they come. Blanks are added at both ends, so that a change
/// there weighs as much as one in the middle.
fn hashes(bare: &str) -> Vec<u64> {
    let blanks = || std::iter::repeat_n(' ', SHINGLE - 1);
    let characters: Vec<u64> = blanks().chain(bare.chars()).chain(blanks()).map(u64::from).collect();
    let hash = |window: &[u64]| window.iter().fold(0, |hash, character| mix(hash ^ character));
    characters.windows(SHINGLE).map(hash).collect()
}

/// A multiplication and a shift that spread each bit over the rest (Steele, Lea, Flood 2014).
fn mix(value: u64) -> u64 {
    let mixed = value.wrapping_add(0x9e37_79b9_7f4a_7c15).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed ^ (mixed >> 29)
}

/// The smallest hash of each of the ranges that hashes are cut into, or of the next range with
/// one, as 16 bits.
fn sketch(hashes: &[u64]) -> [u16; SKETCH] {
    let range = |hash: u64| (hash >> (u64::BITS - SKETCH.trailing_zeros())) as usize;
    // No hash of a range but the last is as large as this.
    let mut smallest = [u64::MAX; SKETCH];
    for hash in hashes {
        let least = &mut smallest[range(*hash)];
        *least = (*least).min(*hash);
    }
    std::array::from_fn(|place| {
        let mut near = (0..SKETCH).map(|away| (smallest[(place + away) % SKETCH], away as u64));
        let filled = near.find(|(hash, _)| *hash != u64::MAX);
        filled.map_or(0, |(hash, away)| mix(hash ^ away) as u16)
    })
}

/// What two sorted sets have in common, as a share of all.
fn jaccard(a: &[u64], b: &[u64]) -> f64 {
    let (mut i, mut j, mut common) = (0, 0, 0usize);
    while let (Some(x), Some(y)) = (a.get(i), b.get(j)) {
        common += usize::from(x == y);
        i += usize::from(x <= y);
        j += usize::from(y <= x);
    }
    common as f64 / (a.len() + b.len() - common).max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_matter_is_put_aside() {
        let cases = [
            ("  Where is\n my PARCEL?!", "where is my parcel"),
            ("我要退款，谢谢。", "我要退款谢谢"),
            ("我要 退款 谢谢!", "我要退款谢谢"),
            ("用 Wi-Fi 连不上", "用wi fi连不上"),
            ("…?!", ""),
            ("ok 👍", "ok 👍"),
        ];
        for (text, expected) in cases {
            assert_eq!(bare(text), expected, "{text}");
        }
    }

    #[test]
    fn sketches_agree_about_as_often_as_sets_share() {
        // 1000 numbers each, of which 900 are common: 900 of 1100.
        let set = |from: u64| {
            let mut set: Vec<u64> = (from..from + 1000).map(|n| mix(mix(n))).collect();
            set.sort_unstable();
            set
        };
        let share = |away: u64| {
            let agree = |from: u64| {
                let (a, b) = (sketch(&set(from)), sketch(&set(from + away)));
                a.iter().zip(&b).filter(|(a, b)| a == b).count()
            };
            (0..40).map(|n| agree(n * 10_000)).sum::<usize>() as f64 / (40 * SKETCH) as f64
        };
        assert!((share(100) - 900.0 / 1100.0).abs() < 0.04, "{}", share(100));
        assert!((share(500) - 500.0 / 1500.0).abs() < 0.04, "{}", share(500));
        assert!((jaccard(&set(0), &set(100)) - 900.0 / 1100.0).abs() < 1e-12);
        assert_eq!(sketch(&[]), [0; SKETCH]);
    }
}
