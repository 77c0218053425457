package sdkgen.runtime

/**
 * One class that the network considered.
 *
 * @property index position of the class in the model's labels, from 0.
 * @property label name of the class.
 * @property score how much the network favours the class; higher is better.
 */
public data class Category(
    public val index: Int,
    public val label: String,
    public val score: Float,
)
