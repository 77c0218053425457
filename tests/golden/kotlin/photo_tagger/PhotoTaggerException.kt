// SPDX-License-Identifier: Apache-2.0

package com.example.phototagger

/** The exceptions that [PhotoTagger] throws. The message describes the cause. */
public sealed class PhotoTaggerException(
    message: String,
    cause: Throwable?,
) : RuntimeException(message, cause) {
    /** The model does not exist or cannot be read. */
    public class ModelNotFound internal constructor(
        message: String,
        cause: Throwable?,
    ) : PhotoTaggerException(message, cause)

    /** The model is corrupted or truncated, or the file is not a model. */
    public class InvalidModel internal constructor(
        message: String,
        cause: Throwable?,
    ) : PhotoTaggerException(message, cause)

    /** The model and the SDK are of different versions, or the device is not supported. */
    public class Incompatible internal constructor(
        message: String,
        cause: Throwable?,
    ) : PhotoTaggerException(message, cause)

    /** The object is closed. */
    public class Closed internal constructor(
        message: String,
        cause: Throwable?,
    ) : PhotoTaggerException(message, cause)

    /** An argument is invalid. */
    public class InvalidInput internal constructor(
        message: String,
        cause: Throwable?,
    ) : PhotoTaggerException(message, cause)

    /** Memory for the model or the input cannot be allocated. */
    public class OutOfMemory internal constructor(
        message: String,
        cause: Throwable?,
    ) : PhotoTaggerException(message, cause)
}
