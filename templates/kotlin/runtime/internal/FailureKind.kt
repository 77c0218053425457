// SPDX-License-Identifier: Apache-2.0

package sdkgen.runtime.internal

/** The kinds of failures; `failure(kind, …)` creates the exception that is thrown. */
internal enum class FailureKind {
    MODEL_NOT_FOUND,
    INVALID_MODEL,
    INCOMPATIBLE,
    CLOSED,
    INVALID_INPUT,
    OUT_OF_MEMORY,
}
