/** A plugin for Vite: models are packed while an application is built. */
export { type VitePluginOptions, type WringVitePlugin, wring, wring as default } from './plugin.js';
