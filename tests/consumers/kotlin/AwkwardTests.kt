package sdkgen.consumer

import com.example.`in`.awkward.ObjectException
import kotlinx.coroutines.runBlocking
import java.io.File
import kotlin.test.assertContentEquals
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertTrue
import com.example.`in`.awkward.Object as Sdk

/** An SDK of plain tensors whose network hands every input through int8 and back. */
internal class AwkwardTests(
    private val folder: File,
) {
    private val model = File(folder, "object.pte")
    private val fn = floatArrayOf(0.5f, -0.25f, 1f)
    private val inClass = FloatArray(40) { it / 32f - 0.5f }
    private val klass = FloatArray(7) { -it / 8f }
    private val session = floatArrayOf(0.125f)

    fun outputsHaveTheirNames() =
        Sdk.create(model).use { sdk ->
            val outputs = sdk.run(fn, inClass, klass, session)
            assertContentEquals(fn, outputs.classOutput)
            assertContentEquals(inClass, outputs.`val`)
            assertContentEquals(klass, outputs.größe)
            assertContentEquals(session, outputs.output2dScores)
        }

    fun parametersHaveTheirNames() =
        Sdk.create(model).use { sdk ->
            val outputs = sdk.run(session = session, classInput = klass, `fun` = fn, inClass = inClass)
            assertContentEquals(session, outputs.output2dScores)
        }

    fun suspendingVariantAgrees() =
        Sdk.create(model).use { sdk ->
            assertContentEquals(inClass, runBlocking { sdk.runSuspending(fn, inClass, klass, session) }.`val`)
        }

    fun outputsAreNotOverwritten() =
        Sdk.create(model).use { sdk ->
            val first = sdk.run(fn, inClass, klass, session)
            sdk.run(FloatArray(3), inClass, klass, session)
            assertContentEquals(fn, first.classOutput)
        }

    fun tensorsAreDescribed() =
        Sdk.create(model).use { sdk ->
            assertEquals(listOf("fun", "in_class", "class", "session"), sdk.inputs.map { it.name })
            assertEquals(listOf(1, 2, 4, 5), sdk.inputs[1].shape)
            assertEquals(40, sdk.inputs[1].elementCount)
            assertEquals(listOf("class", "val", "größe", "2d\$scores"), sdk.outputs.map { it.name })
            assertEquals(listOf(1, 7), sdk.outputs[2].shape)
        }

    fun wrongSizesAreRefused() =
        Sdk.create(model).use { sdk ->
            val error = assertFailsWith<ObjectException.InvalidInput> { sdk.run(fn, FloatArray(39), klass, session) }
            assertTrue("in_class" in error.message!! && "39" in error.message!! && "40" in error.message!!, error.message)
            assertFailsWith<ObjectException.InvalidInput> { sdk.run(FloatArray(4), inClass, klass, session) }
            assertFailsWith<ObjectException.InvalidInput> { sdk.run(fn, inClass, klass, FloatArray(0)) }
        }

    fun notANumberBecomesTheZeroPoint() =
        Sdk.create(model).use { sdk ->
            val values = floatArrayOf(Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY)
            val results = sdk.run(values, inClass, klass, session).classOutput
            assertEquals(0f, results[0])
            assertTrue(results.all(Float::isFinite))
        }

    fun useAfterCloseIsRefused() {
        val sdk = Sdk.create(model)
        sdk.close()
        sdk.close()
        assertFailsWith<ObjectException.Closed> { sdk.run(fn, inClass, klass, session) }
    }
}
