export type { ConsumerState, MeshState, ServiceState } from '../../server/read-mesh.ts';
