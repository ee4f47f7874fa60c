import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

/** Static files for any host and any folder of it. */
export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  base: './',
  build: {
    outDir: '../build/workbench',
    emptyOutDir: true,
    target: 'es2022',
    // echarts is most of it.
    chunkSizeWarningLimit: 800,
  },
  worker: { format: 'es' },
  preview: { port: 4173 },
});
