import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'
import { compression } from 'vite-plugin-compression2'

export default defineConfig({
  plugins: [react(), compression({ algorithms: ['brotliCompress', 'gzip'], threshold: 1024 })],
  build: {
    // Told anew what the oldest browsers that run it are: those that `Promise.withResolvers` came with.
    target: 'es2024',
    manifest: true,
    // A picture or font in a style would be `data:`, which scripts' policies frown on.
    assetsInlineLimit: 0,
    // The list of what to preload is written out by a small script otherwise.
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  // A console that is worked on talks to a product that runs: `npm start`.
  server: { proxy: { '/v1': 'http://localhost:8080', '/admin': 'http://localhost:8080' } },
})
