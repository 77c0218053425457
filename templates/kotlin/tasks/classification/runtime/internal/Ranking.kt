// SPDX-License-Identifier: Apache-2.0

package sdkgen.runtime.internal

import sdkgen.runtime.Category
import java.nio.ByteBuffer

/**
 * Reads the output of a classification network.
 *
 * @property labels one per element of the output.
 * @property softmax whether the network emits logits, which softmax then turns into probabilities.
 */
internal class Ranking private constructor(
    private val labels: List<String>,
    private val softmax: Boolean,
) {
    /** Reads the scores of all classes, in the order of the labels. */
    val scores: (Array<ByteBuffer>) -> FloatArray = { ModelSession.floats(finished(it)) }

    /** Returns a reader of the `topK` highest-scoring classes, best first, by index among equal scores. */
    fun best(topK: Int): (Array<ByteBuffer>) -> List<Category> {
        if (topK < 1) throw failure(FailureKind.INVALID_INPUT, "topK is $topK, 1 or more is needed")
        val count = minOf(topK, labels.size)
        return { outputs ->
            val indices = IntArray(count)
            val values = FloatArray(count)
            ModelSession.check(NativeModel.topK(finished(outputs), labels.size, indices, values))
            List(count) { Category(indices[it], labels[indices[it]], values[it]) }
        }
    }

    private fun finished(outputs: Array<ByteBuffer>): ByteBuffer {
        if (softmax) ModelSession.check(NativeModel.softmax(outputs[0], labels.size))
        return outputs[0]
    }

    companion object {
        /** For an open model, which must have one output with one element per label. */
        fun of(
            session: ModelSession,
            softmax: Boolean,
        ): Ranking {
            val classes = session.outputs.singleOrNull()?.elements
            if (classes != session.labels.size) {
                throw failure(FailureKind.INVALID_MODEL, "${session.labels.size} labels for $classes classes")
            }
            return Ranking(session.labels, softmax)
        }
    }
}
