//! Row-wise kernels on slices: layer norm, softmax, GELU, bias, sums over rows. Each is
//! compiled for several instruction sets and chosen at run time. Sums run in a fixed
//! order of sixteen interleaved parts, so a result depends on nothing but its input.

use super::Real;
use super::instructions::kernel;

/// Interleaved parts of a sum: one AVX-512 register of `f32`.
const PARTS: usize = 16;

#[inline(always)]
fn fold<T: Real>(parts: [T; PARTS]) -> T {
    let mut parts = parts;
    let mut half = PARTS / 2;
    while half > 0 {
        for i in 0..half {
            parts[i] += parts[i + half];
        }
        half /= 2;
    }
    parts[0]
}

/// The sum of `f` over pairs of elements.
#[inline(always)]
fn sum2<T: Real>(a: &[T], b: &[T], f: impl Fn(T, T) -> T) -> T {
    let mut parts = [T::zero(); PARTS];
    let (a_chunks, a_rest) = a.as_chunks::<PARTS>();
    let (b_chunks, b_rest) = b.as_chunks::<PARTS>();
    for (a, b) in a_chunks.iter().zip(b_chunks) {
        for i in 0..PARTS {
            parts[i] += f(a[i], b[i]);
        }
    }
    let mut total = fold(parts);
    for (a, b) in a_rest.iter().zip(b_rest) {
        total += f(*a, *b);
    }
    total
}

#[inline(always)]
fn sum<T: Real>(a: &[T], f: impl Fn(T) -> T) -> T {
    sum2(a, a, |x, _| f(x))
}

kernel! {
    /// Layer norm of each row (Ba, Kiros, Hinton 2016): `out = (x - mean) * inverse * gain + bias`
    /// with the biased variance. `statistics` takes mean and inverse standard deviation, `[rows, 2]`.
    pub fn layer_norm<T: Real>(x: &[T], gain: &[T], bias: &[T], epsilon: T, out: &mut [T], statistics: &mut [T]) {
        let width = gain.len();
        let scale = T::one() / T::of(width as f64);
        for ((x, out), s) in
            x.chunks_exact(width).zip(out.chunks_exact_mut(width)).zip(statistics.as_chunks_mut().0)
        {
            let mean = sum(x, |v| v) * scale;
            let variance = sum(x, |v| (v - mean) * (v - mean)) * scale;
            let inverse = T::one() / (variance + epsilon).sqrt();
            *s = [mean, inverse];
            for (((o, &v), &g), &b) in out.iter_mut().zip(x).zip(gain).zip(bias) {
                *o = ((v - mean) * inverse).mul_add(g, b);
            }
        }
    }
}
kernel! {
    /// Backward of [`layer_norm`]: adds to `dx`, `dgain`, `dbias`.
    pub fn layer_norm_backward<T: Real>(
        dy: &[T],
        x: &[T],
        gain: &[T],
        statistics: &[T],
        dx: &mut [T],
        dgain: &mut [T],
        dbias: &mut [T],
    ) {
        let width = gain.len();
        let scale = T::one() / T::of(width as f64);
        let rows = dy.chunks_exact(width).zip(x.chunks_exact(width)).zip(dx.chunks_exact_mut(width));
        for (((dy, x), dx), &[mean, inverse]) in rows.zip(statistics.as_chunks().0) {
            // With g = dy * gain and n = (x - mean) * inverse:
            // dx = inverse * (g - mean(g) - n * mean(g n)).
            let mean_g = sum2(dy, gain, |d, g| d * g) * scale;
            let mut parts = [T::zero(); PARTS];
            let (chunks, rest) = dy.as_chunks::<PARTS>();
            let (x_chunks, x_rest) = x.as_chunks::<PARTS>();
            let (g_chunks, g_rest) = gain.as_chunks::<PARTS>();
            for ((d, x), g) in chunks.iter().zip(x_chunks).zip(g_chunks) {
                for i in 0..PARTS {
                    parts[i] = (d[i] * g[i]).mul_add((x[i] - mean) * inverse, parts[i]);
                }
            }
            let mut total = fold(parts);
            for ((&d, &x), &g) in rest.iter().zip(x_rest).zip(g_rest) {
                total = (d * g).mul_add((x - mean) * inverse, total);
            }
            let mean_gn = total * scale;
            for (((((dx, &d), &x), &g), dg), db) in
                dx.iter_mut().zip(dy).zip(x).zip(gain).zip(dgain.iter_mut()).zip(dbias.iter_mut())
            {
                let n = (x - mean) * inverse;
                *dx += inverse * (d * g - mean_g - n * mean_gn);
                *dg = d.mul_add(n, *dg);
                *db += d;
            }
        }
    }
}
kernel! {
    /// GELU in place; `derivative` takes GELU'(x).
    pub fn gelu_with_derivative<T: Real>(x: &mut [T], derivative: &mut [T]) {
        for (x, d) in x.iter_mut().zip(derivative) {
            (*x, *d) = x.gelu();
        }
    }
}
kernel! {
    /// GELU in place.
    pub fn gelu<T: Real>(x: &mut [T]) {
        for x in x {
            *x = x.gelu().0;
        }
    }
}
kernel! {
    /// Softmax in place over the first `valid(row)` numbers of rows `stride` long; the rest of a
    /// row becomes 0. Row `i` sees `first + i` numbers if `causal`, else all `columns`.
    pub fn softmax<T: Real>(scores: &mut [T], stride: usize, columns: usize, causal_first: Option<usize>) {
        for (i, row) in scores.chunks_exact_mut(stride).enumerate() {
            let valid = causal_first.map_or(columns, |first| (first + i + 1).min(columns));
            row[valid..].fill(T::neg_infinity());
            let mut parts = [T::neg_infinity(); PARTS];
            let (chunks, rest) = row.as_chunks::<PARTS>();
            for c in chunks {
                for i in 0..PARTS {
                    parts[i] = if c[i] > parts[i] { c[i] } else { parts[i] };
                }
            }
            let largest = parts.iter().chain(rest).fold(T::neg_infinity(), |a, &b| if b > a { b } else { a });
            let mut parts = [T::zero(); PARTS];
            let (chunks, rest) = row.as_chunks_mut::<PARTS>();
            for c in chunks {
                for i in 0..PARTS {
                    c[i] = (c[i] - largest).exp_nonpositive();
                    parts[i] += c[i];
                }
            }
            let mut total = fold(parts);
            for v in rest {
                *v = (*v - largest).exp_nonpositive();
                total += *v;
            }
            let scale = T::one() / total;
            for v in row {
                *v *= scale;
            }
        }
    }
}
kernel! {
    /// Backward of [`softmax`]: turns `grad` into the scores' gradient, `p * (grad - sum(p grad))`.
    pub fn softmax_backward<T: Real>(p: &[T], grad: &mut [T], stride: usize, columns: usize) {
        for (p, grad) in p.chunks_exact(stride).zip(grad.chunks_exact_mut(stride)) {
            grad[columns..].fill(T::zero());
            let total = sum2(p, grad, |p, g| p * g);
            for (g, &p) in grad.iter_mut().zip(p) {
                *g = p * (*g - total);
            }
        }
    }
}
kernel! {
    /// Adds every row of `x` to `out`.
    pub fn add_rows<T: Real>(x: &[T], out: &mut [T]) {
        for row in x.chunks_exact(out.len()) {
            add(row, out);
        }
    }
}
kernel! {
    /// The sum of products of two rows.
    pub fn dot<T: Real>(a: &[T], b: &[T]) -> T {
        sum2(a, b, |a, b| a * b)
    }
}
kernel! {
    /// `out += factor x`.
    pub fn add_scaled<T: Real>(x: &[T], factor: T, out: &mut [T]) {
        for (o, &v) in out.iter_mut().zip(x) {
            *o = v.mul_add(factor, *o);
        }
    }
}

/// `out += x`.
#[inline(always)]
pub fn add<T: Real>(x: &[T], out: &mut [T]) {
    for (o, &v) in out.iter_mut().zip(x) {
        *o += v;
    }
}

kernel! {
    /// `x *= y`.
    pub fn multiply<T: Real>(x: &mut [T], y: &[T]) {
        for (x, &y) in x.iter_mut().zip(y) {
            *x *= y;
        }
    }
}

/// Every row of `out` becomes `bias`.
pub fn broadcast<T: Real>(bias: &[T], out: &mut [T]) {
    for row in out.chunks_exact_mut(bias.len()) {
        row.copy_from_slice(bias);
    }
}

kernel! {
    /// `out = x + bias`, row by row.
    pub fn add_bias<T: Real>(x: &[T], bias: &[T], out: &mut [T]) {
        let width = bias.len();
        for (x, out) in x.chunks_exact(width).zip(out.chunks_exact_mut(width)) {
            for ((o, &x), &b) in out.iter_mut().zip(x).zip(bias) {
                *o = x + b;
            }
        }
    }
}
