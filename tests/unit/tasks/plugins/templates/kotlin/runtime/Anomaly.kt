package sdkgen.runtime

/**
 * What the network makes of one input.
 *
 * @property score how anomalous it is, from 0.
 * @property isAnomalous whether the score reaches the threshold.
 */
public data class Anomaly(
    public val score: Float,
    public val isAnomalous: Boolean,
)
