/**
 * What training makes small. A loss is a mean over the batch (and over every position of a sample), so that a learning
 * rate means the same at every batch size. `weight` scales it where several are summed (default: 1).
 */
export type Loss =
  | CrossEntropyLoss
  | SquaredErrorLoss
  | BinaryCrossEntropyLoss
  | DistillationLoss
  | FeatureLoss
  | BatchStatisticsLoss;

interface LossBase {
  /** Factor of this loss in the sum of several (default: 1). */
  readonly weight?: number;
  /** Name of the target among the graph inputs (default: `<kind>.<output>`). */
  readonly target?: string;
}

/**
 * −log softmax(logits)[label], by LogSoftmax; an output that is itself a Softmax or LogSoftmax (also one that is spelled
 * out as exp(x − max) / Σ) is traced back to its logits. Target: int64 class indices, the dims of the output without
 * `axis`; −1 marks a position that does not count.
 */
export interface CrossEntropyLoss extends LossBase {
  readonly kind: 'cross-entropy';
  /** Model output (default: the first). */
  readonly output?: string;
  /** Of the classes; a negative one counts from the end (default: −1). */
  readonly axis?: number;
}

/** Mean of (output − target)². Target: float32, the dims of the output. */
export interface SquaredErrorLoss extends LossBase {
  readonly kind: 'mean-squared-error';
  readonly output?: string;
}

/**
 * Mean of softplus(x) − x·t over logits x, which stays finite for any x; an output that is itself a Sigmoid, also behind a Reshape, is
 * traced back to its logits, any other output counts as logits. Target: float32 in [0, 1], the dims of the output.
 */
export interface BinaryCrossEntropyLoss extends LossBase {
  readonly kind: 'binary-cross-entropy';
  readonly output?: string;
}

/**
 * T² · KL(softmax(teacher / T) ‖ softmax(student / T)), a mean over all positions; the factor keeps the size of gradients
 * when T changes (Hinton, Vinyals & Dean 2015, arXiv 1503.02531, section 2). Needs no labels. Target: float32, the logits
 * of the original model, see `TrainingTarget.source`.
 */
export interface DistillationLoss extends LossBase {
  readonly kind: 'distillation';
  readonly output?: string;
  /** Of the classes (default: −1). */
  readonly axis?: number;
  /** T > 0 (default: 1). */
  readonly temperature?: number;
}

/**
 * Mean of (value − teacher's value)² of one float value anywhere in the main graph, e.g. the end of a block. Target: float32,
 * its dims.
 */
export interface FeatureLoss extends LossBase {
  readonly kind: 'feature';
  readonly value: string;
  /** Divides by the mean square of the teacher's value, so that blocks of any scale count alike (default: false). */
  readonly relative?: boolean;
}

/**
 * How far the means and variances of the batch are from those that every BatchNormalization stores, in units of the stored
 * spread. Has no target: it is for finding inputs like those of the training data, not for weights.
 */
export interface BatchStatisticsLoss extends LossBase {
  readonly kind: 'batch-statistics';
}
