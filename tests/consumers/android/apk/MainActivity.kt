package com.example.phototagger.minimal

import android.app.Activity
import android.graphics.Bitmap
import android.os.Bundle
import android.widget.TextView
import com.example.phototagger.PhotoTagger
import kotlin.concurrent.thread

/** The least that an app can do with the SDK: platform classes, no libraries of its own, one tag of a grey picture. */
class MainActivity : Activity() {
    override fun onCreate(savedInstanceState: Bundle?) {
        super.onCreate(savedInstanceState)
        val text = TextView(this)
        setContentView(text)
        thread {
            val bitmap = Bitmap.createBitmap(SIDE, SIDE, Bitmap.Config.ARGB_8888)
            bitmap.eraseColor(GREY)
            val best = PhotoTagger.create(this).use { it.classify(bitmap, topK = 1) }.first()
            runOnUiThread { text.text = best.label }
        }
    }

    private companion object {
        const val SIDE = 256
        const val GREY = -0x7f7f80
    }
}
