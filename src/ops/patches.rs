//! Images to rows: square patches through a linear layer, an optional class token in
//! front, and learned positions added (Dosovitskiy et al. 2021). One op of the packed
//! parameters; pixels get no gradient.

use super::Real;
use super::buffers::Buffer;
use super::cpu::{by_dtype, output, read, slice};
use super::kernels;
use super::matmul::{Matrix, Target, matmul};
use super::sink::{Sink, accumulate};
use super::tape::{Record, apply1};
use candle_core::backend::BackendStorage;
use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor, bail};

/// Sizes of the images and of the rows.
#[derive(Clone, Copy, Debug)]
pub struct PatchShape {
    /// Colours.
    pub channels: usize,
    /// Pixels down.
    pub height: usize,
    /// Pixels across.
    pub width: usize,
    /// Side of a patch; divides both.
    pub patch: usize,
    /// Numbers per row.
    pub embedding: usize,
    /// A learned row in front of the patches.
    pub class_token: bool,
}

impl PatchShape {
    /// Patches of an image.
    pub fn patches(&self) -> usize {
        (self.height / self.patch) * (self.width / self.patch)
    }
    /// Rows of an image.
    pub fn rows(&self) -> usize {
        self.patches() + usize::from(self.class_token)
    }
    /// Numbers in a patch.
    fn inner(&self) -> usize {
        self.channels * self.patch * self.patch
    }
    /// Names and shapes of the fields, in packed order.
    pub fn fields(&self) -> Vec<(&'static str, Vec<usize>)> {
        let w = self.embedding;
        let mut fields = vec![
            ("patches.weight", vec![w, self.channels, self.patch, self.patch]),
            ("patches.bias", vec![w]),
        ];
        if self.class_token {
            fields.push(("class_token", vec![1, w]));
        }
        fields.push(("positions", vec![self.rows(), w]));
        fields
    }
    /// Number of packed parameters.
    pub fn parameters(&self) -> usize {
        self.embedding * (self.inner() + 1 + usize::from(self.class_token) + self.rows())
    }

    /// Pixels `[image, channel, row, column]` as patches `[image, patch, (channel, row, column)]`.
    fn cut<T: Real>(&self, pixels: &[f32], out: &mut [T]) {
        let Self { channels, height, width, patch, .. } = *self;
        let mut out = out.chunks_exact_mut(patch);
        for image in pixels.chunks_exact(channels * height * width) {
            for top in (0..height).step_by(patch) {
                for left in (0..width).step_by(patch) {
                    for row in (0..channels).flat_map(|c| (top..top + patch).map(move |y| c * height + y)) {
                        let from = &image[row * width + left..][..patch];
                        for (o, &v) in out.next().into_iter().flatten().zip(from) {
                            *o = T::of(f64::from(v));
                        }
                    }
                }
            }
        }
    }
}

/// `pixels` `[image, channel, row, column]`, `parameters` packed as [`PatchShape::fields`];
/// `[images * rows, embedding]`.
///
/// # Errors
/// If sizes do not fit.
pub fn embed_patches(
    pixels: Vec<f32>,
    parameters: &Tensor,
    shape: PatchShape,
    record: Option<Record<'_>>,
) -> Result<Tensor> {
    let size = shape.channels * shape.height * shape.width;
    if shape.patch == 0
        || !shape.height.is_multiple_of(shape.patch)
        || !shape.width.is_multiple_of(shape.patch)
    {
        bail!("patches of {shape:?} do not divide the image")
    }
    if pixels.is_empty() || !pixels.len().is_multiple_of(size) || parameters.dims1()? != shape.parameters() {
        bail!("{} pixels and {:?} do not fit {shape:?}", pixels.len(), parameters.shape())
    }
    if !parameters.device().is_cpu() {
        return plain(&pixels, parameters, shape);
    }
    let (tape, sink) = record.map(|r| (r.tape, r.sink)).unzip();
    apply1(parameters, Op { images: pixels.len() / size, pixels, shape, sink }, tape)
}

/// The same from candle's own operations.
pub fn plain(pixels: &[f32], parameters: &Tensor, shape: PatchShape) -> Result<Tensor> {
    let (w, inner, n) = (shape.embedding, shape.inner(), shape.patches());
    let images = pixels.len() / (inner * n);
    let mut cut = vec![0f32; pixels.len()];
    shape.cut(pixels, &mut cut);
    let cut =
        Tensor::from_vec(cut, (images * n, inner), parameters.device())?.to_dtype(parameters.dtype())?;
    let rows =
        super::linear::plain(&cut, &parameters.narrow(0, 0, w * (inner + 1))?)?.reshape((images, n, w))?;
    let mut start = w * (inner + 1);
    let rows = if shape.class_token {
        let class = parameters.narrow(0, start, w)?.reshape((1, 1, w))?.broadcast_as((images, 1, w))?;
        start += w;
        Tensor::cat(&[&class.contiguous()?, &rows], 1)?
    } else {
        rows
    };
    let positions = parameters.narrow(0, start, shape.rows() * w)?.reshape((1, shape.rows(), w))?;
    rows.broadcast_add(&positions)?.reshape((images * shape.rows(), w))
}

struct Op {
    pixels: Vec<f32>,
    images: usize,
    shape: PatchShape,
    sink: Option<Sink>,
}

impl Op {
    fn cut<T: Real>(&self) -> Buffer<T> {
        let mut cut = Buffer::dirty(self.pixels.len());
        self.shape.cut(&self.pixels, &mut cut);
        cut
    }

    fn forward<T: Real>(&self, parameters: &[T]) -> Vec<T> {
        let (w, inner, n) = (self.shape.embedding, self.shape.inner(), self.shape.patches());
        let (weight, rest) = parameters.split_at(w * inner);
        let (bias, rest) = rest.split_at(w);
        let (class, positions) = rest.split_at(if self.shape.class_token { w } else { 0 });
        let mut embedded = Buffer::dirty(self.images * n * w);
        kernels::broadcast(bias, &mut embedded);
        matmul(
            Target::add(&mut embedded, w),
            T::one(),
            Matrix::new(&self.cut(), self.images * n, inner),
            Matrix::new(weight, w, inner).t(),
        );
        let mut out = vec![T::zero(); self.images * self.shape.rows() * w];
        for (out, embedded) in out.chunks_exact_mut(self.shape.rows() * w).zip(embedded.chunks_exact(n * w)) {
            out.copy_from_slice(positions);
            kernels::add(class, &mut out[..class.len()]);
            kernels::add(embedded, &mut out[class.len()..]);
        }
        out
    }

    fn backward<T: Real>(&self, dy: &[T], grads: &mut [T]) {
        let (w, inner, n) = (self.shape.embedding, self.shape.inner(), self.shape.patches());
        let (dweight, rest) = grads.split_at_mut(w * inner);
        let (dbias, rest) = rest.split_at_mut(w);
        let (dclass, dpositions) = rest.split_at_mut(if self.shape.class_token { w } else { 0 });
        let mut patches = Buffer::dirty(self.images * n * w);
        for (dy, patches) in dy.chunks_exact(self.shape.rows() * w).zip(patches.chunks_exact_mut(n * w)) {
            kernels::add(dy, dpositions);
            kernels::add(&dy[..dclass.len()], dclass);
            patches.copy_from_slice(&dy[dclass.len()..]);
        }
        kernels::add_rows(&patches, dbias);
        let d = Matrix::new(&patches, self.images * n, w);
        matmul(
            Target::add(dweight, inner),
            T::one(),
            d.t(),
            Matrix::new(&self.cut(), self.images * n, inner),
        );
    }
}

impl CustomOp1 for Op {
    fn name(&self) -> &'static str {
        "patch embedding"
    }
    fn cpu_fwd(&self, p: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        by_dtype!(p.dtype(), self.name(), T => {
            let out = self.forward::<T>(slice(p, layout)?);
            Ok(output(out, (self.images * self.shape.rows(), self.shape.embedding)))
        })
    }
    fn bwd(&self, p: &Tensor, _: &Tensor, dy: &Tensor) -> Result<Option<Tensor>> {
        by_dtype!(p.dtype(), self.name(), T => read::<T, _>(dy, |dy| {
            accumulate::<T>(self.sink.as_ref(), p.elem_count(), |grads| self.backward(dy, grads))
        }))
    }
}
