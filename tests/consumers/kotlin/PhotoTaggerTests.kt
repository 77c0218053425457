package sdkgen.consumer

import android.content.Context
import android.content.res.AssetManager
import android.graphics.Bitmap
import com.example.phototagger.Category
import com.example.phototagger.PhotoTagger
import com.example.phototagger.PhotoTaggerException
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.runBlocking
import java.io.File
import java.nio.ByteBuffer
import java.util.concurrent.Callable
import java.util.concurrent.CountDownLatch
import java.util.concurrent.ExecutionException
import java.util.concurrent.Executors
import java.util.concurrent.TimeUnit
import kotlin.concurrent.thread
import kotlin.test.assertContentEquals
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertTrue

/** What the SDK promises, tested as an app would use it. `folder` holds assets/photo_tagger/photo_tagger.pte and more. */
internal class PhotoTaggerTests(
    private val folder: File,
) {
    private val assets = File(folder, "assets")
    private val model = File(assets, "photo_tagger/photo_tagger.pte")
    private val context = Context(AssetManager(assets))
    private val photo = gradient(61, 47)

    fun categoriesAreOrderedAndLabelled() =
        tagger { tagger ->
            val best = tagger.classify(photo)
            assertEquals(5, best.size)
            assertEquals(best.sortedByDescending(Category::score), best)
            for (category in best) assertEquals(tagger.labels[category.index], category.label)
        }

    fun labelsComeFromTheModel() =
        tagger { tagger ->
            assertEquals(20, tagger.labels.size)
            val expected = listOf("tabby, tabby cat", "Schäferhund", "図形", "a \"quoted\" \$label\\", "👩‍🚀", "")
            assertEquals(expected, tagger.labels.take(6))
        }

    fun scoresAreProbabilities() =
        tagger { tagger ->
            val all = tagger.classify(photo, topK = 20)
            assertEquals(1.0, all.sumOf { it.score.toDouble() }, 1e-5)
            assertEquals((0 until 20).toSet(), all.map(Category::index).toSet())
        }

    fun topKBeyondTheClassesGivesAll() = tagger { assertEquals(20, it.classify(photo, Int.MAX_VALUE).size) }

    fun topKBelowOneIsRefused() =
        tagger { tagger ->
            for (topK in listOf(0, -1, Int.MIN_VALUE)) {
                assertFailsWith<PhotoTaggerException.InvalidInput> { tagger.classify(photo, topK) }
            }
        }

    fun suspendingVariantAgrees() =
        tagger { tagger ->
            val expected = tagger.classify(photo, topK = 3)
            runBlocking {
                val results = List(8) { async { tagger.classifySuspending(photo, topK = 3) } }.awaitAll()
                for (result in results) assertEquals(expected, result)
            }
        }

    fun suspendingVariantThrowsTheSame() =
        tagger { tagger ->
            assertFailsWith<PhotoTaggerException.InvalidInput> { runBlocking { tagger.classifySuspending(photo, 0) } }
        }

    fun inputInfoDescribesTheTensor() =
        tagger { tagger ->
            val info = tagger.inputInfo
            assertEquals(listOf(16, 24, 3), listOf(info.height, info.width, info.channels))
            assertEquals(16 * 24 * 3, info.byteCount)
            assertEquals(-3, info.zeroPoint)
            assertEquals(0.03125f, info.scale)
        }

    fun lowLevelCallAgreesWithClassify() =
        tagger { tagger ->
            val input = ByteBuffer.allocateDirect(tagger.inputInfo.byteCount)
            tagger.preprocess(photo, input)
            assertEquals(0, input.position())
            val scores = tagger.scores(input)
            for (category in tagger.classify(photo, 20)) assertEquals(category.score, scores[category.index])
        }

    fun lowLevelCallReadsTheRemainingBytes() =
        tagger { tagger ->
            val bytes = tagger.inputInfo.byteCount
            val input = ByteBuffer.allocateDirect(bytes + 7)
            input.position(3).limit(3 + bytes)
            tagger.preprocess(photo, input)
            assertEquals(3, input.position())
            val plain = ByteBuffer.allocateDirect(bytes).also { tagger.preprocess(photo, it) }
            assertContentEquals(tagger.scores(plain), tagger.scores(input))
            assertContentEquals(tagger.scores(plain), tagger.scores(plain.asReadOnlyBuffer()))
            val around = listOf(0, 1, 2, bytes + 3, bytes + 6)
            input.clear()
            for (position in around) assertEquals(0, input.get(position))
        }

    fun lowLevelCallRefusesWrongBuffers() =
        tagger { tagger ->
            val bytes = tagger.inputInfo.byteCount
            val wrong = listOf(bytes - 1, bytes + 1, 0).map(ByteBuffer::allocateDirect) + ByteBuffer.allocate(bytes)
            for (buffer in wrong) {
                assertFailsWith<PhotoTaggerException.InvalidInput> { tagger.scores(buffer) }
                assertFailsWith<PhotoTaggerException.InvalidInput> { tagger.preprocess(photo, buffer) }
            }
            val readOnly = ByteBuffer.allocateDirect(bytes).asReadOnlyBuffer()
            assertFailsWith<PhotoTaggerException.InvalidInput> { tagger.preprocess(photo, readOnly) }
        }

    fun recycledBitmapIsRefused() =
        tagger { tagger ->
            val recycled = gradient(8, 8).apply { recycle() }
            val error = assertFailsWith<PhotoTaggerException.InvalidInput> { tagger.classify(recycled) }
            assertTrue("recycled" in error.message!!)
        }

    fun hardwareBitmapGivesTheSameAndSurvives() =
        tagger { tagger ->
            val hardware = photo.copy(Bitmap.Config.HARDWARE, false)!!
            assertEquals(tagger.classify(photo), tagger.classify(hardware))
            assertTrue(!hardware.isRecycled)
        }

    fun bitmapOfUnknownConfigurationWorks() =
        tagger { tagger -> assertEquals(tagger.classify(photo), tagger.classify(photo.copy(null, false)!!)) }

    fun alphaIsIgnored() =
        tagger { tagger ->
            val pixels = IntArray(100) { it * 0x010203 }
            val clear = Bitmap.createBitmap(pixels, 10, 10, Bitmap.Config.ARGB_8888)
            val opaque = Bitmap.createBitmap(IntArray(100) { pixels[it] or (0xff shl 24) }, 10, 10, Bitmap.Config.ARGB_8888)
            assertEquals(tagger.classify(opaque), tagger.classify(clear))
        }

    fun extremeBitmapSizes() =
        tagger { tagger ->
            for ((width, height) in listOf(1 to 1, 1 to 400, 400 to 1, 16384 to 2, 2 to 16384)) {
                assertEquals(5, tagger.classify(gradient(width, height)).size)
            }
            assertFailsWith<PhotoTaggerException.InvalidInput> { tagger.classify(gradient(16385, 1)) }
            assertFailsWith<PhotoTaggerException.InvalidInput> { tagger.classify(gradient(1, 16385)) }
        }

    fun closingTwiceDoesNothing() {
        val tagger = PhotoTagger.create(context)
        tagger.close()
        tagger.close()
    }

    fun useAfterCloseIsRefused() {
        val tagger = PhotoTagger.create(context)
        val input = ByteBuffer.allocateDirect(tagger.inputInfo.byteCount)
        tagger.close()
        assertFailsWith<PhotoTaggerException.Closed> { tagger.classify(photo) }
        assertFailsWith<PhotoTaggerException.Closed> { tagger.scores(input) }
        assertFailsWith<PhotoTaggerException.Closed> { tagger.preprocess(photo, input) }
        assertFailsWith<PhotoTaggerException.Closed> { runBlocking { tagger.classifySuspending(photo) } }
        assertEquals(20, tagger.labels.size)
    }

    fun threadsShareOneObject() =
        tagger { tagger ->
            val photos = List(4) { gradient(40 + it * 13, 30 + it * 7) }
            val expected = photos.map { tagger.classify(it) }
            val pool = Executors.newFixedThreadPool(4)
            val results = pool.invokeAll(List(200) { i -> Callable { tagger.classify(photos[i % 4]) } }).map { it.get() }
            pool.shutdown()
            results.forEachIndexed { i, result -> assertEquals(expected[i % 4], result) }
        }

    fun objectsAreIndependent() {
        val taggers = List(3) { PhotoTagger.create(context) }
        val expected = taggers[0].classify(photo)
        taggers[0].close()
        val pool = Executors.newFixedThreadPool(2)
        val results = pool.invokeAll(List(50) { i -> Callable { taggers[1 + i % 2].classify(photo) } }).map { it.get() }
        pool.shutdown()
        for (result in results) assertEquals(expected, result)
        taggers.forEach(PhotoTagger::close)
    }

    fun closingWaitsForRunningCalls() {
        repeat(20) {
            val tagger = PhotoTagger.create(context)
            val started = CountDownLatch(2)
            val pool = Executors.newFixedThreadPool(2)
            val calls =
                List(2) {
                    pool.submit(
                        Callable {
                            started.countDown()
                            generateSequence { tagger.classify(photo).size }.forEach { assertEquals(5, it) }
                        },
                    )
                }
            started.await()
            tagger.close()
            for (call in calls) {
                val error = assertFailsWith<ExecutionException> { call.get(10, TimeUnit.SECONDS) }
                assertTrue(error.cause is PhotoTaggerException.Closed, "$error")
            }
            pool.shutdown()
        }
    }

    fun threadCountDoesNotChangeTheResult() {
        val expected = PhotoTagger.create(context).use { it.classify(photo, 20) }
        for (threads in listOf(1, 2, 4, 1000)) {
            val tagger = PhotoTagger.create(context, PhotoTagger.Options(threads = threads))
            assertEquals(expected, tagger.use { it.classify(photo, 20) })
        }
    }

    fun negativeThreadsAreRefused() {
        assertFailsWith<PhotoTaggerException.InvalidInput> { PhotoTagger.create(context, PhotoTagger.Options(threads = -1)) }
    }

    fun everyWayOfOpeningGivesTheSame() {
        val bytes = model.readBytes()
        val direct = ByteBuffer.allocateDirect(bytes.size).apply { put(bytes).flip() }
        val shifted = ByteBuffer.allocateDirect(bytes.size + 1).apply { put(0).put(bytes).position(1) }
        val part = ByteBuffer.wrap(ByteArray(9) + bytes + ByteArray(5), 9, bytes.size)
        val ways =
            listOf(
                PhotoTagger.create(Context(AssetManager(assets, isCompressed = true))),
                PhotoTagger.create(Context(AssetManager(File(folder, "apk4"), offset = 4))),
                PhotoTagger.create(Context(AssetManager(File(folder, "apk5"), offset = 5))),
                PhotoTagger.create(model),
                PhotoTagger.create(ByteBuffer.wrap(bytes)),
                PhotoTagger.create(part),
                PhotoTagger.create(direct),
                PhotoTagger.create(direct.asReadOnlyBuffer()),
                PhotoTagger.create(shifted),
                PhotoTagger.create(model, PhotoTagger.Options(verifyWeights = true)),
            )
        val expected = PhotoTagger.create(context).use { it.classify(photo) }
        for (tagger in ways) assertEquals(expected, tagger.use { it.classify(photo) })
        assertEquals(listOf(0, 1, 9), listOf(direct.position(), shifted.position(), part.position()))
    }

    fun mappedModelOutlivesItsBufferReference() =
        PhotoTagger.create(model).use { tagger ->
            val expected = tagger.classify(photo)
            repeat(3) { System.gc() }
            assertEquals(expected, tagger.classify(photo))
        }

    fun missingModelIsNotFound() {
        val empty = File(folder, "empty").apply { mkdirs() }
        val attempts =
            listOf(
                { PhotoTagger.create(Context(AssetManager(empty))) },
                { PhotoTagger.create(Context(AssetManager(empty, isCompressed = true))) },
                { PhotoTagger.create(File(empty, "none.pte")) },
                { PhotoTagger.create(empty) },
            )
        for (attempt in attempts) assertFailsWith<PhotoTaggerException.ModelNotFound> { attempt() }
    }

    fun damagedModelIsInvalid() {
        val bytes = model.readBytes()
        val changedStructure = bytes.copyOf().apply { this[PLAN_TENSORS] = 99 }
        val damaged =
            listOf(ByteArray(0), ByteArray(64), ByteArray(5000) { 7 }, bytes.copyOf(bytes.size - 1), bytes.copyOf(100), changedStructure)
        for (content in damaged) {
            assertFailsWith<PhotoTaggerException.InvalidModel> { PhotoTagger.create(ByteBuffer.wrap(content)) }
        }
        val file = File(folder, "empty.pte").apply { writeBytes(ByteArray(0)) }
        assertFailsWith<PhotoTaggerException.InvalidModel> { PhotoTagger.create(file) }
    }

    fun changedWeightsAreFoundOnRequest() {
        val bytes = model.readBytes()
        bytes[bytes.size - 300]++
        PhotoTagger.create(ByteBuffer.wrap(bytes)).close()
        assertFailsWith<PhotoTaggerException.InvalidModel> {
            PhotoTagger.create(ByteBuffer.wrap(bytes), PhotoTagger.Options(verifyWeights = true))
        }
    }

    fun modelOfAnotherSdkIsIncompatible() {
        assertFailsWith<PhotoTaggerException.Incompatible> { PhotoTagger.create(File(folder, "foreign.pte")) }
    }

    fun everyFailureIsOneType() {
        val error: PhotoTaggerException = assertFailsWith { PhotoTagger.create(File(folder, "none")) }
        val name =
            when (error) {
                is PhotoTaggerException.ModelNotFound -> "ModelNotFound"
                is PhotoTaggerException.InvalidModel -> "InvalidModel"
                is PhotoTaggerException.Incompatible -> "Incompatible"
                is PhotoTaggerException.Closed -> "Closed"
                is PhotoTaggerException.InvalidInput -> "InvalidInput"
                is PhotoTaggerException.OutOfMemory -> "OutOfMemory"
            }
        assertEquals("ModelNotFound", name)
        assertTrue(error.cause != null)
    }

    fun manyObjectsLeakNothing() {
        val expected = PhotoTagger.create(context).use { it.classify(photo) }
        repeat(300) { PhotoTagger.create(context).use { tagger -> assertEquals(expected, tagger.classify(photo)) } }
    }

    fun interruptedThreadStillGetsItsResult() =
        tagger { tagger ->
            var result: List<Category>? = null
            thread {
                Thread.currentThread().interrupt()
                result = tagger.classify(photo)
            }.join()
            assertEquals(tagger.classify(photo), result)
        }

    private fun tagger(body: (PhotoTagger) -> Unit) = PhotoTagger.create(context).use(body)

    private fun gradient(
        width: Int,
        height: Int,
    ): Bitmap {
        val colours = IntArray(width * height) { (0xff shl 24) or (it * 2654435761L.toInt() ushr 8) }
        return Bitmap.createBitmap(colours, width, height, Bitmap.Config.ARGB_8888)
    }

    private companion object {
        /** Where a bare plan has its first tensor record. */
        const val PLAN_TENSORS = 128
    }
}
