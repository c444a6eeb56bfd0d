//! Differentiable functions: forward, hand-written backward, gradient cases. The OPS
//! table lists them; tests loop over it. Nothing here knows a model or a data set.
