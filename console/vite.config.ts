import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

// While developing, calls go to a Herald that runs beside. Signatures cover the name of the host: it stays the browser's.
const herald = { target: 'http://127.0.0.1:8080', changeOrigin: false };

export default defineConfig({
  base: '/console/',
  plugins: [react()],
  server: {
    proxy: {
      '^/$': herald,
      '/console/catalogue.json': herald,
      '/console/server.json': herald,
    },
  },
  build: {
    target: 'es2022',
    // Stated in the policy of the page: nothing is inlined.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1500,
    reportCompressedSize: false,
    rollupOptions: {
      output: {
        // The sign-in page takes React alone; Ant Design comes with what follows.
        manualChunks(id) {
          if (/node_modules\/(react|react-dom|scheduler|i18next|react-i18next|html-parse-stringify|void-elements|use-sync-external-store|wouter|regexparam|mitt)\//.test(id)) {
            return 'base';
          }
          return undefined;
        },
      },
    },
  },
});
