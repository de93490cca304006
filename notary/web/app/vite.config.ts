import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'vite'

// The page is embedded from ../dist. Nothing is inlined: the policy that it is
// served with runs no inline script, style or worker (../policy.go).
export default defineConfig({
  plugins: [svelte()],
  build: {
    outDir: '../dist',
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 1500,
  },
  worker: {
    format: 'es',
    // A worker keeps its source's name: the verifier's may compile WebAssembly.
    rolldownOptions: { output: { entryFileNames: 'assets/[name]-[hash].js' } },
  },
  server: {
    // npm run dev, beside a notary on its default port.
    proxy: { '/api': { target: process.env.FIELDSEAL_NOTARY ?? 'https://127.0.0.1:7411', secure: false, changeOrigin: true } },
  },
})
