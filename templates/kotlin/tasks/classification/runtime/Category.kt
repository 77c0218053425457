// SPDX-License-Identifier: Apache-2.0

package sdkgen.runtime

/**
 * A class and its score.
 *
 * @property index the index of the class in the labels of the model.
 * @property label the label of the class.
 * @property score the score of the class; higher is better.
 */
public data class Category(
    public val index: Int,
    public val label: String,
    public val score: Float,
)
