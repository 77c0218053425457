plugins {
    alias(libs.plugins.android.application)
    alias(libs.plugins.kotlin.android)
}

android {
    namespace = "com.example.phototagger.sample"
    compileSdk = 36

    defaultConfig {
        applicationId = "com.example.phototagger.sample"
        minSdk = 28 // ImageDecoder; the SDK itself runs from 26
        targetSdk = 36
        versionCode = 1
        versionName = "1.0"
    }

    // Stored uncompressed, the model is used in place instead of being read into memory.
    androidResources {
        noCompress += "pte"
    }

    buildTypes {
        release {
            isMinifyEnabled = true
            isShrinkResources = true
            proguardFiles(getDefaultProguardFile("proguard-android-optimize.txt"))
        }
    }

    compileOptions {
        sourceCompatibility = JavaVersion.VERSION_17
        targetCompatibility = JavaVersion.VERSION_17
    }
}

kotlin {
    jvmToolchain(17)
}

dependencies {
    implementation(libs.photo.tagger)
    implementation(libs.activity)
    implementation(libs.camera.camera2)
    implementation(libs.camera.view)
}
