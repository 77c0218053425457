package com.example.phototagger.sample

import android.content.Context
import android.graphics.Bitmap
import com.example.phototagger.Category
import com.example.phototagger.PhotoTagger
import com.example.phototagger.PhotoTaggerException
import java.util.concurrent.ExecutorService
import java.util.concurrent.Executors

/**
 * The SDK on a thread of its own, which opens the model, runs it and closes it.
 *
 * @param onResult is called on that thread with the best categories, or with why there are none.
 */
internal class Tagger(
    context: Context,
    private val onResult: (Result<List<Category>>) -> Unit,
) : AutoCloseable {
    /** The thread; [tag] is called on it alone. */
    val executor: ExecutorService = Executors.newSingleThreadExecutor()

    private var sdk: PhotoTagger? = null

    init {
        executor.execute {
            try {
                sdk = PhotoTagger.create(context)
            } catch (e: PhotoTaggerException) {
                onResult(Result.failure(e))
            }
        }
    }

    fun tag(bitmap: Bitmap) {
        val sdk = sdk ?: return // why it could not be opened was said already
        try {
            onResult(Result.success(sdk.classify(bitmap, topK = 3)))
        } catch (e: PhotoTaggerException) {
            onResult(Result.failure(e))
        }
    }

    /** Returns at once; the model is closed behind what the thread still has to do. */
    override fun close() {
        executor.execute { sdk?.close() }
        executor.shutdown()
    }
}
