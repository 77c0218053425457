package com.example.phototagger.sample

import android.Manifest
import android.content.pm.PackageManager
import android.graphics.Bitmap
import android.net.Uri
import android.os.Bundle
import android.view.View
import android.widget.ImageView
import android.widget.TextView
import androidx.activity.ComponentActivity
import androidx.activity.result.PickVisualMediaRequest
import androidx.activity.result.contract.ActivityResultContracts.PickVisualMedia
import androidx.activity.result.contract.ActivityResultContracts.RequestPermission
import androidx.camera.core.ImageAnalysis
import androidx.camera.view.CameraController
import androidx.camera.view.LifecycleCameraController
import androidx.camera.view.PreviewView
import com.example.phototagger.Category
import java.io.IOException

/** Tags what the camera sees, frame by frame, or a photograph that the user picks. */
class MainActivity : ComponentActivity() {
    private lateinit var preview: PreviewView
    private lateinit var photograph: ImageView
    private lateinit var tags: TextView
    private lateinit var camera: LifecycleCameraController
    private lateinit var tagger: Tagger

    private val pickPhotograph =
        registerForActivityResult(PickVisualMedia()) { uri ->
            if (uri != null) showPhotograph(uri)
        }

    private val askForCamera =
        registerForActivityResult(RequestPermission()) { granted ->
            if (granted) showCamera() else tags.setText(R.string.camera_refused)
        }

    override fun onCreate(savedInstanceState: Bundle?) {
        super.onCreate(savedInstanceState)
        setContentView(R.layout.main)
        preview = findViewById(R.id.preview)
        photograph = findViewById(R.id.photograph)
        tags = findViewById(R.id.tags)
        tagger = Tagger(applicationContext, ::onResult)
        camera = LifecycleCameraController(this)
        camera.setEnabledUseCases(CameraController.IMAGE_ANALYSIS)
        camera.setImageAnalysisBackpressureStrategy(ImageAnalysis.STRATEGY_KEEP_ONLY_LATEST)
        preview.controller = camera

        val request = PickVisualMediaRequest.Builder().setMediaType(PickVisualMedia.ImageOnly).build()
        findViewById<View>(R.id.pick).setOnClickListener { pickPhotograph.launch(request) }
        findViewById<View>(R.id.camera).setOnClickListener { showCameraIfAllowed() }
        // Turning the phone makes a new activity, which must not ask again.
        if (savedInstanceState == null || isCameraAllowed()) showCameraIfAllowed()
    }

    override fun onDestroy() {
        camera.clearImageAnalysisAnalyzer()
        tagger.close()
        super.onDestroy()
    }

    private fun isCameraAllowed(): Boolean = checkSelfPermission(Manifest.permission.CAMERA) == PackageManager.PERMISSION_GRANTED

    private fun showCameraIfAllowed() {
        if (isCameraAllowed()) showCamera() else askForCamera.launch(Manifest.permission.CAMERA)
    }

    private fun showCamera() {
        photograph.visibility = View.GONE
        // Frames come on the tagger's own thread: the next one is delivered when this one is tagged.
        camera.setImageAnalysisAnalyzer(tagger.executor) { frame -> frame.use { tagger.tag(it.upright()) } }
        camera.bindToLifecycle(this)
    }

    private fun showPhotograph(uri: Uri) {
        camera.clearImageAnalysisAnalyzer()
        camera.unbind()
        tagger.executor.execute {
            try {
                val bitmap = contentResolver.readPhotograph(uri)
                runOnUiThread { show(bitmap) }
                tagger.tag(bitmap)
            } catch (_: IOException) {
                runOnUiThread { tags.setText(R.string.unreadable) }
            }
        }
    }

    private fun show(bitmap: Bitmap) {
        photograph.setImageBitmap(bitmap)
        photograph.visibility = View.VISIBLE
    }

    private fun onResult(result: Result<List<Category>>) {
        val text =
            result.fold(
                onSuccess = { best ->
                    best.joinToString("\n") { getString(R.string.tag, it.label, PERCENT * it.score) }
                },
                onFailure = { it.message.orEmpty() },
            )
        runOnUiThread { tags.text = text }
    }

    private companion object {
        const val PERCENT = 100
    }
}
