//! Which instruction set the kernels use: the widest of the machine, or the one that
//! `ATTENTIVE_INSTRUCTIONS` names (plain, avx2, avx512, neon). Kernels of all sets give the
//! same bits: they add in the same order and fuse where the plain one calls `mul_add`. The
//! matrix products are chosen once per process, whatever is forced later.

use std::sync::atomic::{AtomicU8, Ordering::Relaxed};

/// An instruction set that kernels are compiled for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Instructions {
    /// What every machine of its kind has.
    Plain,
    /// AVX2 and FMA.
    Avx2,
    /// AVX-512 F, BW, DQ and VL.
    Avx512,
    /// NEON.
    Neon,
}

/// The variable that names a set.
pub const INSTRUCTIONS_VARIABLE: &str = "ATTENTIVE_INSTRUCTIONS";

/// All sets, the widest first.
const ALL: [(Instructions, &str, &str); 4] = [
    (Instructions::Avx512, "avx512", "AVX-512"),
    (Instructions::Avx2, "avx2", "AVX2"),
    (Instructions::Neon, "neon", "NEON"),
    (Instructions::Plain, "plain", "plain"),
];

/// The set in use, by its place in [`ALL`] plus one; 0 as long as nobody asked.
static CHOSEN: AtomicU8 = AtomicU8::new(0);

impl Instructions {
    /// Whether this machine has it.
    pub fn is_here(self) -> bool {
        match self {
            Self::Plain => true,
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma"),
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => {
                Self::Avx2.is_here()
                    && is_x86_feature_detected!("avx512f")
                    && is_x86_feature_detected!("avx512bw")
                    && is_x86_feature_detected!("avx512dq")
                    && is_x86_feature_detected!("avx512vl")
            }
            #[cfg(target_arch = "aarch64")]
            Self::Neon => std::arch::is_aarch64_feature_detected!("neon"),
            _ => false,
        }
    }

    /// The sets of this machine, the widest first.
    pub fn here() -> impl Iterator<Item = Self> {
        ALL.into_iter().map(|row| row.0).filter(|set| set.is_here())
    }

    /// The set that kernels use.
    pub fn chosen() -> Self {
        match usize::from(CHOSEN.load(Relaxed)).checked_sub(1).and_then(|at| ALL.get(at)) {
            Some(row) => row.0,
            None => Self::choose(),
        }
    }

    /// The set that the environment names, or the widest of this machine: what is chosen as
    /// long as nobody forces another.
    pub fn wanted() -> Self {
        let wanted = std::env::var(INSTRUCTIONS_VARIABLE).unwrap_or_default();
        let named = ALL.iter().find(|row| row.1 == wanted.trim()).map(|row| row.0);
        if named.is_none() && !wanted.trim().is_empty() {
            log::warn!("{INSTRUCTIONS_VARIABLE}={wanted} is none of plain, avx2, avx512 and neon");
        }
        if let Some(absent) = named.filter(|set| !set.is_here()) {
            log::warn!("{INSTRUCTIONS_VARIABLE}={wanted}: this machine has no {}", absent.name());
        }
        let widest = || Self::here().next().unwrap_or(Self::Plain);
        named.filter(|set| set.is_here()).unwrap_or_else(widest)
    }

    #[cold]
    fn choose() -> Self {
        let set = Self::wanted();
        set.force();
        set
    }

    /// Makes all kernels use this set from now on; a set that is not here changes nothing.
    /// Results are the same with any.
    pub fn force(self) {
        let at = ALL.iter().position(|row| row.0 == self);
        if let Some(at) = at.filter(|_| self.is_here()) {
            CHOSEN.store(at as u8 + 1, Relaxed);
        }
    }

    /// In words, for a person.
    pub fn name(self) -> &'static str {
        ALL.iter().find(|row| row.0 == self).map_or("", |row| row.2)
    }
}

/// A function on slices, compiled for each instruction set and chosen at run time.
macro_rules! kernel {
    (
        $(#[$meta:meta])*
        $vis:vis fn $name:ident $(<$T:ident: $bound:path>)? ($($argument:ident: $type:ty),* $(,)?) $(-> $result:ty)?
        $body:block
    ) => {
        $(#[$meta])*
        #[allow(clippy::too_many_arguments)]
        $vis fn $name $(<$T: $bound>)? ($($argument: $type),*) $(-> $result)? {
            #[inline(always)]
            #[allow(clippy::too_many_arguments)]
            fn plain $(<$T: $bound>)? ($($argument: $type),*) $(-> $result)? $body

            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")]
            #[allow(clippy::too_many_arguments)]
            fn avx512 $(<$T: $bound>)? ($($argument: $type),*) $(-> $result)? {
                plain($($argument),*)
            }
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx2,fma")]
            #[allow(clippy::too_many_arguments)]
            fn avx2 $(<$T: $bound>)? ($($argument: $type),*) $(-> $result)? {
                plain($($argument),*)
            }
            #[cfg(target_arch = "aarch64")]
            #[target_feature(enable = "neon")]
            #[allow(clippy::too_many_arguments)]
            fn neon $(<$T: $bound>)? ($($argument: $type),*) $(-> $result)? {
                plain($($argument),*)
            }

            let _span = $crate::ops::profile::kernel(stringify!($name));
            match $crate::ops::Instructions::chosen() {
                // SAFETY: a set is chosen only if this machine has each of its features
                // (`Instructions::is_here`), and the functions' features are those.
                #[cfg(target_arch = "x86_64")]
                $crate::ops::Instructions::Avx512 => unsafe { avx512($($argument),*) },
                // SAFETY: as above.
                #[cfg(target_arch = "x86_64")]
                $crate::ops::Instructions::Avx2 => unsafe { avx2($($argument),*) },
                // SAFETY: as above.
                #[cfg(target_arch = "aarch64")]
                $crate::ops::Instructions::Neon => unsafe { neon($($argument),*) },
                _ => plain($($argument),*),
            }
        }
    };
}
pub(crate) use kernel;
