export * from './components/arrange.tsx';
export * from './components/buttons.tsx';
export * from './components/form.tsx';
export * from './components/plot.tsx';
export * from './components/say.tsx';
export * from './components/table.tsx';
export { Icon, type IconName } from './icons.tsx';
