import { defineConfig } from 'vite';
import { wring } from 'wring/vite';

export default defineConfig({ plugins: [wring({ quality: 80 })] });
